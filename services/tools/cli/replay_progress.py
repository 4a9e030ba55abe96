"""Shows how far a replay is, where there is a terminal for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from schemas.counted import counted
from services.tools.replay import send
from services.tools.replay.checkpoint import Bookmark, Mark


class Shown:
    """Remembers what has been acknowledged so far, and shows it."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("messages", total=None, day="")
        self.latest = send.Progress()

    def go_on_after(self, progress: send.Progress) -> None:
        """Say where a replay that was stopped goes on."""
        self.latest = progress
        if progress != send.NOTHING_YET:
            self._bar.console.print(
                f"replay: going on after {counted(progress.messages, 'message')} that Kafka "
                "has acknowledged (--from-start sends all anew)",
                highlight=False,
            )

    def expect(self, messages: int) -> None:
        """Say how many there will be."""
        self._bar.update(self._task, total=messages)

    def __call__(self, progress: send.Progress) -> None:
        """Take the news."""
        self.latest = progress
        day = f"{progress.now:%Y-%m-%d}" if progress.now else ""
        self._bar.update(self._task, completed=progress.messages, day=day)


@dataclass(frozen=True, slots=True)
class Marking:
    """Shows what has been acknowledged, and keeps it in the bookmark."""

    shown: Shown
    bookmark: Bookmark
    horizon: datetime

    def expect(self, messages: int) -> None:
        """Say how many there will be."""
        self.shown.expect(messages)

    def __call__(self, progress: send.Progress) -> None:
        """Take the news."""
        self.shown(progress)
        self.bookmark.write(Mark(acknowledged=progress, horizon=self.horizon))


class Refusals:
    """Names each line that is refused, once: a file is read more than once."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._latest = 0
        self.number = 0

    def __call__(self, line: int, reason: str) -> None:
        """Hear of a line."""
        if line <= self._latest:
            return
        self._latest = line
        self.number += 1
        click.echo(f"{self._file}, line {line}: {reason}", err=True)


@contextmanager
def shown_on_stderr() -> Iterator[Shown]:
    """Show a bar for as long as the block lasts; nothing if stderr is no terminal."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.fields[day]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("messages"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bar:
        yield Shown(bar)
