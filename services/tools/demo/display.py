"""Shows snapshots: redrawn on a terminal, or a line for each month anywhere else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final, TextIO

from rich.bar import Bar
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from schemas.counted import counted
from services.tools.demo.snapshot import LeavingCustomer, Snapshot

SEGMENTS: Final = {
    "champions": "green",
    "loyal": "green",
    "potential_loyalist": "cyan",
    "new": "cyan",
    "promising": "cyan",
    "need_attention": "yellow",
    "about_to_sleep": "yellow",
    "at_risk": "red",
    "cant_lose": "red",
    "hibernating": "bright_black",
}
"""Their colours, from the best customers to those who are gone; other segments follow in white."""
RULE_WIDTH: Final = 25
"""The columns for a rule and its count."""
MOST_LINES_OF_RULES: Final = 4
FEWEST_ROWS: Final = 2
MOST_ROWS: Final = 12


class TerminalDisplay:
    """Draws the snapshot at the end of the terminal, below the printed lines."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def show(self, snapshot: Snapshot) -> None:
        """Draw the snapshot."""
        self._live.update(DrawnSnapshot(snapshot))

    def print(self, line: str) -> None:
        """Print a line above the snapshot."""
        self._live.console.print(escape(line), highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Stop drawing; the last snapshot stays."""
        self._live.stop()


@contextmanager
def open_terminal_display(console: Console) -> Iterator[TerminalDisplay]:
    """Draw while the block runs; the last snapshot stays."""
    with Live(console=console, refresh_per_second=8) as live:
        yield TerminalDisplay(live)


@dataclass(frozen=True, slots=True)
class DrawnSnapshot:
    """A snapshot as rich draws it: unbroken lines, with the free rows for leaving customers."""

    snapshot: Snapshot

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the parts, one below the other."""
        snapshot, width = self.snapshot, options.max_width
        yield _headline(snapshot, width)
        yield _figures(snapshot)
        segments = _segments(snapshot, width)
        others = _others(snapshot, width)
        taken = 2 + 1 + segments.row_count + 1 + 1 + 1 + others.row_count + 1
        rows = min(max((console.height - taken) // 2, FEWEST_ROWS), MOST_ROWS)
        yield _heading("customers by segment")
        yield segments
        yield _heading(f"to win back: {snapshot.won_back:,}", "bold magenta")
        yield _leaving(snapshot.latest_won_back, (width, rows), "magenta")
        yield _heading(f"dropped into churn risk: {snapshot.dropped:,}", "bold red")
        yield _leaving(snapshot.latest_dropped, (width, rows), "red")
        yield _heading("other triggers, by rule")
        yield others


def _heading(words: str, style: str = "bold") -> RenderableType:
    return Rule(f"[{style}]{words}[/]", align="left", style="bright_black")


def _headline(snapshot: Snapshot, width: int) -> RenderableType:
    day = f"{snapshot.now:%Y-%m-%d}" if snapshot.now else "—"
    of = f"{snapshot.sent:,} of {counted(snapshot.in_all, snapshot.noun)}"
    bar = ProgressBar(
        total=1.0,
        completed=snapshot.done,
        width=max(width - len(day) - len(of) - 2, 1),
    )
    line = Table.grid(padding=(0, 1))
    line.add_row(Text(day, "bold"), bar, _short(of))
    return line


def _figures(snapshot: Snapshot) -> RenderableType:
    triggers = sum(snapshot.triggers.values())
    parts = (
        counted(snapshot.customers, "customer"),
        counted(snapshot.transitions, "transition"),
        counted(triggers, "trigger"),
    )
    return _short(", ".join(parts))


def _segments(snapshot: Snapshot, width: int) -> Table:
    """Draw two columns of bars, read from top to bottom."""
    counts = snapshot.segments
    known = dict.fromkeys((*SEGMENTS, *sorted(name for name, count in counts.items() if count)))
    names, largest = list(known), max(counts.values(), default=0) or 1
    room = max(width // 2 - max(map(len, names)) - 10, 1)

    def cells(name: str) -> tuple[RenderableType, ...]:
        count = counts.get(name, 0)
        bar = Bar(largest, 0, count, width=room, color=SEGMENTS.get(name, "white"))
        return _short(name), Text(f"{count:>6,}"), bar

    table = Table.grid(padding=(0, 1))
    half = ceil(len(names) / 2)
    for number, left in enumerate(names[:half]):
        right = names[half + number : half + number + 1]
        table.add_row(*cells(left), *(cell for name in right for cell in cells(name)))
    return table


def _leaving(
    latest: Sequence[LeavingCustomer], size: tuple[int, int], style: str
) -> RenderableType:
    """Draw a fixed number of rows, so that the lines below them stay where they are."""
    width, rows = size
    table = Table.grid(padding=(0, 1), expand=True)
    for most in (len("1997-01-01"), width // 4, width // 4):
        table.add_column(no_wrap=True, max_width=most)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for each in latest[:rows]:
        table.add_row(
            f"{each.at:%Y-%m-%d}",
            Text(each.customer, "bold", overflow="ellipsis"),
            Text(each.what, style),
            Text(each.why, overflow="ellipsis"),
        )
    for _ in range(rows - len(latest)):
        table.add_row("")
    return table


def _others(snapshot: Snapshot, width: int) -> Table:
    across = max(width // (RULE_WIDTH + 1), 1)
    table = Table.grid(padding=(0, 1))
    for _ in range(across):
        table.add_column(width=RULE_WIDTH)
    texts = [f"{count:>6,} {rule}" for rule, count in snapshot.others.items()]
    room = across * MOST_LINES_OF_RULES
    if len(texts) > room:
        rest = list(snapshot.others.values())[room - 1 :]
        texts[room - 1 :] = [f"{sum(rest):>6,} of {counted(len(rest), 'rule')} more"]
    cells = [_short(each) for each in texts]
    for first in range(0, len(cells), across):
        table.add_row(*cells[first : first + across])
    return table


def _short(words: str) -> Text:
    return Text(words, no_wrap=True, overflow="ellipsis")


class LineDisplay:
    """Writes a line for each month to a stream that is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown: datetime | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Write a line if a month has begun since the last one."""
        if snapshot.now is None or not _another_month(self._shown, snapshot.now):
            return
        self._shown = snapshot.now
        self.print(
            f"{snapshot.now:%Y-%m-%d}  {counted(snapshot.sent, snapshot.noun)}, "
            f"{counted(snapshot.customers, 'customer')}, "
            f"{counted(snapshot.transitions, 'transition')}, "
            f"{counted(sum(snapshot.triggers.values()), 'trigger')}: "
            f"{snapshot.dropped:,} dropped into churn risk, {snapshot.won_back:,} to win back"
        )

    def print(self, line: str) -> None:
        """Write a line."""
        print(line, file=self._stream, flush=True)

    def close(self) -> None:
        """Do nothing: a stream needs no clean-up."""


def _another_month(before: datetime | None, now: datetime) -> bool:
    return before is None or (before.year, before.month) != (now.year, now.month)
