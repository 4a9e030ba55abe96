"""`stammkunde worker`."""

import os
import socket

import click


@click.command()
@click.option(
    "--id",
    "worker_id",
    envvar="STAMMKUNDE_WORKER_ID",
    help="A name that this worker keeps over restarts, and that no other worker has: it then "
    "takes its partitions back at once. By default a new one each time.",
)
def worker(worker_id: str | None) -> int:
    """Run one worker: events in, transitions and triggers out.

    It needs Kafka only. Start as many as you like; they share the partitions. Without
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
    """Run the projector: what the workers decided, from Kafka into Redis.

    One is enough. If Redis was emptied it builds everything anew from Kafka. Without
    KAFKA_BOOTSTRAP_SERVERS and REDIS_URL it joins the local stack that `stammkunde up` has started.
    """
    from services.platform.logs import log_as_a_service
    from services.platform.settings import Settings
    from services.tools.cli.startup import kafka_of, log_connections, redis_of, stopped_by_signal

    settings = Settings.from_environment()
    kafka, redis = kafka_of(settings), redis_of(settings)
    log_as_a_service()
    log_connections(kafka=kafka, redis=redis)
    from services.projector.run import run_projector

    stopped_by_signal(lambda stop: run_projector(settings, kafka=kafka, redis=redis, stop=stop))


@click.command()
def api() -> None:
    """Run the HTTP API: customers, transitions and triggers, live.

    It reads from Redis what the projector has put there, puts into Kafka what is sent to it, and
    listens on STAMMKUNDE_API_HOST and STAMMKUNDE_API_PORT. Without KAFKA_BOOTSTRAP_SERVERS or
    REDIS_URL it joins the local stack that `stammkunde up` has started.
    """
    from services.platform.logs import log_as_a_service
    from services.platform.settings import Settings
    from services.tools.cli.startup import (
        kafka_of,
        log_connections,
        log_listening,
        redis_of,
        stopped_by_signal,
    )

    settings = Settings.from_environment()
    kafka, redis = kafka_of(settings), redis_of(settings)
    log_as_a_service()
    log_connections(kafka=kafka, redis=redis)
    from services.api.run import run_api

    stopped_by_signal(
        lambda stop: run_api(
            settings,
            redis=redis,
            kafka=kafka,
            stop=stop,
            on_ready=log_listening,
        )
    )


@click.command(short_help="Run delivery: triggers, sent as signed webhooks.")
def delivery() -> None:
    """Run delivery: triggers, sent as signed webhooks to those who have subscribed.

    Several may run: they share the work. Subscriptions are made over the API. Without
    KAFKA_BOOTSTRAP_SERVERS it joins the local stack that `stammkunde up` has started.
    """
    from services.platform.logs import log_as_a_service
    from services.platform.settings import Settings
    from services.tools.cli.startup import kafka_of, log_connections, stopped_by_signal

    settings = Settings.from_environment()
    kafka = kafka_of(settings)
    log_as_a_service()
    log_connections(kafka=kafka)
    from services.webhooks.run import run_delivery

    stopped_by_signal(lambda stop: run_delivery(settings, kafka=kafka, stop=stop))
