"""`stammkunde worker`, `projector`, `api`, `delivery`, `archive`: each runs a role in front."""

import os
import socket

import click


@click.command()
@click.option(
    "--id",
    "worker_id",
    envvar="STAMMKUNDE_WORKER_ID",
    help="A name of this worker only, the same after a restart: then it gets its partitions back "
    "at once. By default a new name each time.",
)
def worker(worker_id: str | None) -> int:
    """Run one worker: events in, transitions and triggers out.

    A worker needs Kafka only. Start as many as you like: they share the partitions. Without
    KAFKA_BOOTSTRAP_SERVERS it joins the local stack that `stammkunde up` has started.
    """
    from services.platform.logs import log_as_a_service
    from services.platform.settings import Settings
    from services.tools.cli.startup import kafka_of, log_connections

    settings = Settings.from_environment()
    kafka = kafka_of(settings)
    name = worker_id or f"{socket.gethostname()}-{os.getpid()}"
    log_as_a_service()
    log_connections(worker=name, kafka=kafka)
    from services.worker.run import run_worker

    return run_worker(settings, kafka=kafka, worker_id=name)


@click.command(short_help="Run the projector: from Kafka into Redis, for the API.")
def projector() -> None:
    """Run the projector: it copies the results of the workers from Kafka into Redis.

    One projector is enough. If Redis is empty, it builds everything again from Kafka. Without
    KAFKA_BOOTSTRAP_SERVERS and REDIS_URL it joins the local stack that `stammkunde up` has started.
    """
    from services.platform.logs import log_as_a_service
    from services.platform.settings import Settings
    from services.tools.cli.startup import kafka_of, log_connections, redis_of, run_with_stop_event

    settings = Settings.from_environment()
    kafka, redis = kafka_of(settings), redis_of(settings)
    log_as_a_service()
    log_connections(kafka=kafka, redis=redis)
    from services.projector.run import run_projector

    run_with_stop_event(lambda stop: run_projector(settings, kafka=kafka, redis=redis, stop=stop))


@click.command()
def api() -> None:
    """Run the HTTP API: customers, transitions and triggers, live.

    The API reads the results of the projector from Redis, and writes the events that it receives to
    Kafka. It listens on STAMMKUNDE_API_HOST and STAMMKUNDE_API_PORT. Without
    KAFKA_BOOTSTRAP_SERVERS or REDIS_URL it joins the local stack that `stammkunde up` has started.
    """
    from services.platform.logs import log_as_a_service
    from services.platform.settings import Settings
    from services.tools.cli.startup import (
        kafka_of,
        log_connections,
        log_listening,
        redis_of,
        run_with_stop_event,
    )

    settings = Settings.from_environment()
    kafka, redis = kafka_of(settings), redis_of(settings)
    log_as_a_service()
    log_connections(kafka=kafka, redis=redis)
    from services.api.run import run_api

    run_with_stop_event(
        lambda stop: run_api(
            settings,
            redis=redis,
            kafka=kafka,
            stop=stop,
            on_ready=log_listening,
        )
    )


@click.command(short_help="Run delivery: triggers as signed webhooks.")
def delivery() -> None:
    """Run delivery: it sends triggers as signed webhooks to their subscribers.

    Start as many as you like: they share the work. The API creates subscriptions. Without
    KAFKA_BOOTSTRAP_SERVERS it joins the local stack that `stammkunde up` has started.
    """
    from services.tools.cli.startup import connect_role, run_with_stop_event

    settings, kafka = connect_role()
    from services.webhooks.run import run_delivery

    run_with_stop_event(lambda stop: run_delivery(settings, kafka=kafka, stop=stop))


@click.command(short_help="Run the archive: from Kafka into Parquet files.")
def archive() -> None:
    """Run the archive: it writes what the topics hold to Parquet files, and keeps them for longer.

    STAMMKUNDE_ARCHIVE says where: a folder, or s3://BUCKET/PREFIX. One archive is enough. Without
    KAFKA_BOOTSTRAP_SERVERS it joins the local stack that `stammkunde up` has started.
    """
    from services.tools.cli.startup import connect_role, run_with_stop_event

    settings, kafka = connect_role()
    from services.archive.run import run_archive

    run_with_stop_event(lambda stop: run_archive(settings, kafka=kafka, stop=stop))
