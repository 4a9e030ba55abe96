"""`stammkunde projector`."""

import click


@click.command(short_help="Run the projector: from Kafka into Redis, for the API.")
def projector() -> None:
    """Run the projector: what the workers decided, from Kafka into Redis.

    One is enough. If Redis was emptied it builds everything anew from Kafka. Without
    KAFKA_BOOTSTRAP_SERVERS and REDIS_URL it joins the local stack that `stammkunde up` has started.
    """
    from services.platform.logs import log_as_a_service
    from services.platform.settings import Settings
    from services.tools.cli.connections import kafka_of, log_connections, redis_of
    from services.tools.cli.until_signal import stopped_by_signal

    settings = Settings.from_environment()
    kafka, redis = kafka_of(settings), redis_of(settings)
    log_as_a_service()
    log_connections(kafka=kafka, redis=redis)
    from services.projector.run import run_projector

    stopped_by_signal(lambda stop: run_projector(settings, kafka=kafka, redis=redis, stop=stop))
