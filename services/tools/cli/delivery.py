"""`stammkunde delivery`."""

import click


@click.command(short_help="Run delivery: triggers, sent as signed webhooks.")
def delivery() -> None:
    """Run delivery: triggers, sent as signed webhooks to those who have subscribed.

    Several may run: they share the work. Subscriptions are made over the API. Without
    KAFKA_BOOTSTRAP_SERVERS it joins the local stack that `stammkunde up` has started.
    """
    from services.platform.logs import log_as_a_service
    from services.platform.settings import Settings
    from services.tools.cli.connections import kafka_of, log_connections
    from services.tools.cli.until_signal import stopped_by_signal

    settings = Settings.from_environment()
    kafka = kafka_of(settings)
    log_as_a_service()
    log_connections(kafka=kafka)
    from services.webhooks.run import run_delivery

    stopped_by_signal(lambda stop: run_delivery(settings, kafka=kafka, stop=stop))
