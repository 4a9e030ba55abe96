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
    from services.tools.cli.connections import kafka_of, log_connections

    settings = Settings.from_environment()
    kafka = kafka_of(settings)
    name = worker_id or f"{socket.gethostname()}-{os.getpid()}"
    log_as_a_service()
    log_connections(worker=name, kafka=kafka)
    from services.worker.run import run_worker

    return run_worker(settings, kafka=kafka, worker_id=name)
