"""`stammkunde demo`."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from services.platform.settings import Settings
    from services.tools.demo.api import Api
    from services.tools.demo.script import Script
    from services.tools.demo.snapshot import Display
    from services.tools.demo.subscriber import Subscriber


@click.command(short_help="Replay real orders and watch who is about to leave.")
@click.option(
    "--once",
    is_flag=True,
    help="Replay as fast as possible, then end. The last line is a summary in JSON.",
)
@click.option(
    "--story",
    is_flag=True,
    help="Replay a made-up story instead: twelve people, three months, and every rule of the "
    "default policy.",
)
def demo(*, once: bool, story: bool) -> None:
    """Replay eighteen months of real orders, and watch who is about to leave.

    The demo starts everything in the folder demo of STAMMKUNDE_DATA_DIR, which it empties first. It
    replays the CDNOW sample (6,919 orders of 2,357 customers), or the story, with a clock of its
    own. Then it prints where to look, and stays up until Ctrl-C.
    """
    from services.platform.logs import log_as_a_command
    from services.platform.settings import Settings
    from services.tools.cli.startup import run_until_signal

    settings = Settings.from_environment()
    log_as_a_command()
    with _audience() as display:
        perform = _once if once else _stay_up
        summary = run_until_signal(perform(settings, _script(story=story), display))
    click.echo(summary or "Everything has ended.", err=summary is None)


def _script(*, story: bool) -> "Script":
    from services.tools.demo.cdnow import cdnow_script
    from services.tools.demo.story import story_script

    return story_script() if story else cdnow_script()


def _audience() -> "AbstractContextManager[Display]":
    """Draw if stdout is a terminal, else write lines to stderr."""
    import sys

    from rich.console import Console

    from services.tools.demo.display import LineDisplay, open_terminal_display

    console = Console()
    return (
        open_terminal_display(console)
        if console.is_terminal
        else nullcontext(LineDisplay(sys.stderr))
    )


async def _once(settings: "Settings", script: "Script", display: "Display") -> str:
    from services.tools.demo.run import run_demo
    from services.tools.demo.summary import summary_of

    summary = await run_demo(settings, script, speed=None, display=display, afterwards=summary_of)
    return summary.model_dump_json()


async def _stay_up(settings: "Settings", script: "Script", display: "Display") -> NoReturn:
    import asyncio
    import sys

    from services.tools.demo.run import run_demo
    from services.tools.demo.summary import curl_examples

    async def print_curl_examples(api: "Api", _subscriber: "Subscriber") -> NoReturn:
        lines = await curl_examples(api, script.example_customer)
        display.close()
        click.echo("\n".join((*lines, "Everything stays up until Ctrl-C.")))
        while True:
            await asyncio.Event().wait()

    speed = script.per_second if sys.stdout.isatty() else None
    await run_demo(settings, script, speed=speed, display=display, afterwards=print_curl_examples)
    raise AssertionError
