"""`stammkunde up`."""

from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from services.platform.settings import Settings
    from services.tools.up.log_files import Take
    from services.tools.up.stack_file import RunningStack


@click.command()
@click.option(
    "--clock",
    type=click.Choice(["wall", "topic"]),
    help="The worker's time: the machine's, or in a replay that of journey.clock.v1. "
    "By default STAMMKUNDE_CLOCK, else wall.",
)
@click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="How many workers."
)
def up(clock: str | None, workers: int) -> None:
    """Run everything until Ctrl-C: a local Kafka and Valkey, worker, projector and API.

    With KAFKA_BOOTSTRAP_SERVERS or REDIS_URL set, those servers are used instead. The addresses
    are printed, and written to stack.json in STAMMKUNDE_DATA_DIR. What the services log is shown on
    stderr, on a terminal for people and else as JSON (STAMMKUNDE_LOG_FORMAT=text or json decides
    otherwise); all of it is in logs of that folder. A service that dies is started again, and so
    are Kafka and Valkey, with their data. A service that can't run is named with its last words,
    and tried again every minute, while the rest goes on; only if none can run it ends by itself.
    """
    from services.platform.logs import log_as_a_command
    from services.platform.settings import Settings
    from services.tools.cli.until_signal import cancelled_by_signal

    settings = Settings.from_environment()
    if clock:
        settings = settings.model_copy(update={"clock": clock})
    log_as_a_command()
    cancelled_by_signal(_up(settings, workers))
    click.echo("Everything has ended.", err=True)


async def _up(settings: "Settings", workers: int) -> None:
    from services.platform.run_with_background import run_with_background
    from services.tools.up.data_folder import owned
    from services.tools.up.log_files import LogFiles, follow_logs
    from services.tools.up.run import with_all_services

    async with owned(settings.data_dir):
        logs = LogFiles(settings.data_dir / "logs")
        everything = with_all_services(
            settings, workers=workers, report=_say, work=_stay, endures=True
        )
        await run_with_background(everything, follow_logs(logs, _shown_as(settings)))


def _shown_as(settings: "Settings") -> "Take":
    """How a line of a service's log is shown, on stderr."""
    import sys

    from services.platform.log_line import as_json, in_words, read_line

    is_terminal = sys.stderr.isatty()
    is_json = settings.log_format == "json" or (settings.log_format == "auto" and not is_terminal)

    def show(role: str, text: str) -> None:
        line = read_line(text)
        if line.is_for_people:
            words = in_words(line, role, None, is_coloured=is_terminal)
            _say(as_json(text, role) if is_json else words)

    return show


async def _stay(stack: "RunningStack") -> NoReturn:
    import asyncio

    from services.platform.redact import without_password

    click.echo(f"Kafka  {stack.kafka}")
    click.echo(f"Redis  {without_password(stack.redis)}")
    click.echo(f"API    {stack.api} (try {stack.api}/docs)")
    click.echo("Everything is ready. Ctrl-C ends it.")
    while True:
        await asyncio.Event().wait()


def _say(line: str) -> None:
    click.echo(line, err=True)
