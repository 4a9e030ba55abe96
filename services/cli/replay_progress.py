"""Shows how far a replay is, where there is a terminal for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.replay import send


class Shown:
    """Remembers what has been acknowledged so far, and shows it."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("messages", total=None, day="")
        self.latest = send.Progress()

    def expect(self, messages: int) -> None:
        """Say how many there will be."""
        self._bar.update(self._task, total=messages)

    def __call__(self, progress: send.Progress) -> None:
        """Take the news."""
        self.latest = progress
        day = f"{progress.now:%Y-%m-%d}" if progress.now else ""
        self._bar.update(self._task, completed=progress.messages, day=day)


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
