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
    help="The worker's time: `wall` is the machine's, `topic` that of journey.clock.v1, for "
    "replays. By default STAMMKUNDE_CLOCK, else wall.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="The number of workers.",
)
def up(clock: str | None, workers: int) -> int:
    """Run everything until Ctrl-C: Kafka, Valkey, workers, projector, API and delivery.

    KAFKA_BOOTSTRAP_SERVERS and REDIS_URL name servers to use instead of a local Kafka and Valkey.
    The addresses are printed, and written to stack.json in STAMMKUNDE_DATA_DIR.

    The services log to the folder logs in it, and their lines are shown on stderr. A terminal gets
    lines for people, a file or a pipe one JSON object a line. STAMMKUNDE_LOG_FORMAT (text or json)
    overrides that.

    A service that ends is started again. So are Kafka and Valkey, with their data. A service that
    can't run is reported with its last words, and started again every minute, while the other
    services go on. If none can run, everything ends.
    """
    from services.platform.logs import log_as_a_command
    from services.platform.settings import Settings
    from services.tools.cli.entry import WRONG, is_expected
    from services.tools.cli.startup import run_until_signal
    from services.tools.cli.up_output import UpOutput

    settings = Settings.from_environment()
    if clock:
        settings = settings.model_copy(update={"clock": clock})
    output = UpOutput(settings.log_format)
    log_as_a_command()
    try:
        run_until_signal(_up(settings, workers, output))
    except Exception as error:
        if not is_expected(error) or not output.has_begun:
            raise  # Before the start, an error is one sentence on stderr, as with every command.
        output.error(str(error))
        return WRONG
    output.info("Everything has ended.")
    return 0


async def _up(settings: "Settings", workers: int, output: "UpOutput") -> None:
    import asyncio

    from services.platform.tasks import run_with_background
    from services.tools.up.data_folder import own_data_folder
    from services.tools.up.log_files import LogFiles, follow_logs
    from services.tools.up.run import with_all_services

    async def stay(stack: "RunningStack") -> NoReturn:
        output.ready(stack)
        while True:
            await asyncio.Event().wait()

    async with own_data_folder(settings.data_dir):
        logs = LogFiles(settings.data_dir / "logs")
        everything = with_all_services(
            settings, workers=workers, notifier=output.notifier, work=stay, tolerates_failures=True
        )
        await run_with_background(everything, follow_logs(logs, output.show))
