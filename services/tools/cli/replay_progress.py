"""Shows the progress of a replay on a terminal, and stores it in the checkpoint."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from schemas.counted import counted
from services.tools.replay import send
from services.tools.replay.checkpoint import Checkpoint, CheckpointFile


class ProgressBar:
    """Shows what Kafka has acknowledged."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("messages", total=None, day="")
        self.latest = send.Progress()

    def go_on_after(self, progress: send.Progress) -> None:
        """Print where a stopped replay goes on."""
        self.latest = progress
        if progress != send.NOTHING_YET:
            self._bar.console.print(
                f"replay: going on after {counted(progress.messages, 'message')} that Kafka "
                "has acknowledged (--from-start sends all anew)",
                highlight=False,
            )

    def expect(self, messages: int) -> None:
        """Show how many messages there will be."""
        self._bar.update(self._task, total=messages)

    def __call__(self, progress: send.Progress) -> None:
        """Show the progress."""
        self.latest = progress
        day = f"{progress.now:%Y-%m-%d}" if progress.now else ""
        self._bar.update(self._task, completed=progress.messages, day=day)


@dataclass(frozen=True, slots=True)
class CheckpointWriter:
    """Shows the progress, and stores it in the checkpoint."""

    bar: ProgressBar
    checkpoint_file: CheckpointFile
    horizon: datetime

    def expect(self, messages: int) -> None:
        """Show how many messages there will be."""
        self.bar.expect(messages)

    def __call__(self, progress: send.Progress) -> None:
        """Show the progress."""
        self.bar(progress)
        self.checkpoint_file.write(Checkpoint(acknowledged=progress, horizon=self.horizon))


class Refusals:
    """Prints each refused line once, though the file is read twice."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._latest = 0
        self.number = 0

    def __call__(self, line: int, reason: str) -> None:
        """Print a refused line."""
        if line <= self._latest:
            return
        self._latest = line
        self.number += 1
        click.echo(f"{self._file}, line {line}: {reason}", err=True)


@contextmanager
def progress_on_stderr() -> Iterator[ProgressBar]:
    """Show a bar while the block runs; nothing if stderr is no terminal."""
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
        yield ProgressBar(bar)
