"""`stammkunde api`."""

import click


@click.command()
def api() -> None:
    """Run the HTTP API: customers, transitions and triggers, live.

    It reads from Redis what the projector has put there, puts into Kafka what is sent to it, and
    listens on STAMMKUNDE_API_HOST and STAMMKUNDE_API_PORT. Without KAFKA_BOOTSTRAP_SERVERS or
    REDIS_URL it joins the local stack that `stammkunde up` has started.
    """
    from services.platform.logs import log_as_a_service
    from services.platform.settings import Settings
    from services.tools.cli.connections import kafka_of, log_connections, log_listening, redis_of
    from services.tools.cli.until_signal import stopped_by_signal

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
