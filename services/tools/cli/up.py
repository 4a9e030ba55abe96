"""`stammkunde up`."""

from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from services.platform.settings import Settings
    from services.tools.cli.up_output import UpOutput
    from services.tools.up.data_folder import RunningStack


@click.command(short_help="Run everything on this machine until Ctrl-C.")
@click.option(
    "--clock",
    type=click.Choice(["wall", "topic"]),
    help="The worker's time: the machine's, or in a replay that of journey.clock.v1. "
    "By default STAMMKUNDE_CLOCK, else wall.",
)
@click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="How many workers."
)
def up(clock: str | None, workers: int) -> int:
    """Run everything until Ctrl-C: a local Kafka and Valkey, worker, projector and API.

    With KAFKA_BOOTSTRAP_SERVERS or REDIS_URL set, those servers are used instead. The addresses
    are printed, and written to stack.json in STAMMKUNDE_DATA_DIR. What the services log is shown on
    stderr. A terminal gets lines for people, a file or a pipe one JSON object a line
    (STAMMKUNDE_LOG_FORMAT=text or json decides otherwise); all logs are in that folder. A service
    that dies is started again, and so are Kafka and Valkey, with their data. A service that can't
    run is named with its last words, and tried again every minute, while the rest goes on; only if
    none can run it ends by itself.
    """
    from services.platform.logs import log_as_a_command
    from services.platform.settings import Settings
    from services.tools.cli.entry import WRONG, is_expected
    from services.tools.cli.startup import cancelled_by_signal
    from services.tools.cli.up_output import UpOutput

    settings = Settings.from_environment()
    if clock:
        settings = settings.model_copy(update={"clock": clock})
    output = UpOutput(settings.log_format)
    log_as_a_command()
    try:
        cancelled_by_signal(_up(settings, workers, output))
    except Exception as error:
        if not is_expected(error) or not output.has_begun:
            raise  # What keeps it from starting is one sentence, as with every command.
        output.fail(str(error))
        return WRONG
    output.tell("Everything has ended.")
    return 0


async def _up(settings: "Settings", workers: int, output: "UpOutput") -> None:
    import asyncio

    from services.platform.run_with_background import run_with_background
    from services.tools.up.data_folder import owned
    from services.tools.up.log_files import LogFiles, follow_logs
    from services.tools.up.run import with_all_services

    async def stay(stack: "RunningStack") -> NoReturn:
        output.ready(stack)
        while True:
            await asyncio.Event().wait()

    async with owned(settings.data_dir):
        logs = LogFiles(settings.data_dir / "logs")
        everything = with_all_services(
            settings, workers=workers, report=output.report, work=stay, endures=True
        )
        await run_with_background(everything, follow_logs(logs, output.show))
