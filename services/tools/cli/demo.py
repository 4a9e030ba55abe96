"""`stammkunde demo`."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from services.platform.settings import Settings
    from services.tools.demo.api import Api
    from services.tools.demo.script import Script
    from services.tools.demo.snapshot import Audience
    from services.tools.demo.subscriber import Subscriber


@click.command(short_help="Watch real orders go by, and who is about to leave.")
@click.option(
    "--once",
    is_flag=True,
    help="As fast as possible, and end afterwards. The last line is a summary in JSON.",
)
@click.option(
    "--story",
    is_flag=True,
    help="A made story instead: twelve people, three months, and every rule of the default policy.",
)
def demo(*, once: bool, story: bool) -> None:
    """Watch eighteen months of real orders go by, and who is about to leave.

    The 6,919 orders of 2,357 customers of the CDNOW sample (or the story) are replayed through a
    local Kafka with a clock of its own; everything is started for it, in a new folder demo of
    STAMMKUNDE_DATA_DIR. Afterwards it says where to look, and stays up until Ctrl-C.
    """
    from services.platform.logs import log_as_a_command
    from services.platform.settings import Settings
    from services.tools.cli.startup import cancelled_by_signal

    settings = Settings.from_environment()
    log_as_a_command()
    with _audience() as audience:
        perform = _once if once else _to_look_around
        summary = cancelled_by_signal(perform(settings, _script(story=story), audience))
    click.echo(summary or "Everything has ended.", err=summary is None)


def _script(*, story: bool) -> "Script":
    from services.tools.demo.cdnow import cdnow_script
    from services.tools.demo.story import story_script

    return story_script() if story else cdnow_script()


def _audience() -> "AbstractContextManager[Audience]":
    """Draw where stdout is a terminal, else write lines on stderr."""
    import sys

    from rich.console import Console

    from services.tools.demo.display import Plain, opened

    console = Console()
    return opened(console) if console.is_terminal else nullcontext(Plain(sys.stderr))


async def _once(settings: "Settings", script: "Script", audience: "Audience") -> str:
    from services.tools.demo.run import run_demo
    from services.tools.demo.summary import summary_of

    summary = await run_demo(settings, script, speed=None, audience=audience, afterwards=summary_of)
    return summary.model_dump_json()


async def _to_look_around(settings: "Settings", script: "Script", audience: "Audience") -> NoReturn:
    import asyncio
    import sys

    from services.tools.demo.run import run_demo
    from services.tools.demo.summary import signposts

    async def show_the_way(api: "Api", _subscriber: "Subscriber") -> NoReturn:
        lines = await signposts(api, script.somebody)
        audience.leave()
        click.echo("\n".join((*lines, "Everything stays up until Ctrl-C.")))
        while True:
            await asyncio.Event().wait()

    speed = script.per_second if sys.stdout.isatty() else None
    await run_demo(settings, script, speed=speed, audience=audience, afterwards=show_the_way)
    raise AssertionError
