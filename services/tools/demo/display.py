"""The scene on a terminal, drawn anew several times a second. It takes the room that there is."""

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
from services.tools.demo.snapshot import Leaving, Scene

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
"""From the best customers to those who are gone. Others are listed after them, in white."""
RULE_WIDTH: Final = 25
"""Room for a rule and its count."""
MOST_LINES_OF_RULES: Final = 4
FEWEST_ROWS: Final = 2
MOST_ROWS: Final = 12


class Screen:
    """Draws scenes at the end of the terminal; what is said scrolls by above."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def show(self, scene: Scene) -> None:
        """Draw the scene."""
        self._live.update(Drawn(scene))

    def say(self, line: str) -> None:
        """Print a line above the scene."""
        self._live.console.print(escape(line), highlight=False, soft_wrap=True)

    def leave(self) -> None:
        """Stop drawing; the last scene stays where it is."""
        self._live.stop()


@contextmanager
def opened(console: Console) -> Iterator[Screen]:
    """Draw for as long as the block lasts; the last scene stays."""
    with Live(console=console, refresh_per_second=8) as live:
        yield Screen(live)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A scene as rich draws it: no line is broken, and who is about to leave gets what is left."""

    scene: Scene

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the parts, one below the other."""
        scene, width = self.scene, options.max_width
        yield _headline(scene, width)
        yield _figures(scene)
        segments = _segments(scene, width)
        others = _others(scene, width)
        taken = 2 + 1 + segments.row_count + 1 + 1 + 1 + others.row_count + 1
        rows = min(max((console.height - taken) // 2, FEWEST_ROWS), MOST_ROWS)
        yield _heading("customers by segment")
        yield segments
        yield _heading(f"to win back: {scene.won_back:,}", "bold magenta")
        yield _leaving(scene.latest_won_back, (width, rows), "magenta")
        yield _heading(f"dropped into churn risk: {scene.dropped:,}", "bold red")
        yield _leaving(scene.latest_dropped, (width, rows), "red")
        yield _heading("other triggers, by rule")
        yield others


def _heading(words: str, style: str = "bold") -> RenderableType:
    return Rule(f"[{style}]{words}[/]", align="left", style="bright_black")


def _headline(scene: Scene, width: int) -> RenderableType:
    day = f"{scene.now:%Y-%m-%d}" if scene.now else "—"
    of = f"{scene.sent:,} of {counted(scene.in_all, scene.noun)}"
    bar = ProgressBar(
        total=1.0,
        completed=scene.done,
        width=max(width - len(day) - len(of) - 2, 1),
    )
    line = Table.grid(padding=(0, 1))
    line.add_row(Text(day, "bold"), bar, _short(of))
    return line


def _figures(scene: Scene) -> RenderableType:
    triggers = sum(scene.triggers.values())
    parts = (
        counted(scene.customers, "customer"),
        counted(scene.transitions, "transition"),
        counted(triggers, "trigger"),
    )
    return _short(", ".join(parts))


def _segments(scene: Scene, width: int) -> Table:
    """Two columns of bars, read from top to bottom."""
    counts = scene.segments
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


def _leaving(latest: Sequence[Leaving], size: tuple[int, int], style: str) -> RenderableType:
    """So many rows, empty ones below: what stands below them does not jump."""
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


def _others(scene: Scene, width: int) -> Table:
    across = max(width // (RULE_WIDTH + 1), 1)
    table = Table.grid(padding=(0, 1))
    for _ in range(across):
        table.add_column(width=RULE_WIDTH)
    said = [f"{count:>6,} {rule}" for rule, count in scene.others.items()]
    room = across * MOST_LINES_OF_RULES
    if len(said) > room:
        rest = list(scene.others.values())[room - 1 :]
        said[room - 1 :] = [f"{sum(rest):>6,} of {counted(len(rest), 'rule')} more"]
    cells = [_short(each) for each in said]
    for first in range(0, len(cells), across):
        table.add_row(*cells[first : first + across])
    return table


def _short(words: str) -> Text:
    return Text(words, no_wrap=True, overflow="ellipsis")


class Plain:
    """Writes lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown: datetime | None = None

    def show(self, scene: Scene) -> None:
        """Write a line if a month has begun since the last one."""
        if scene.now is None or not _another_month(self._shown, scene.now):
            return
        self._shown = scene.now
        self.say(
            f"{scene.now:%Y-%m-%d}  {counted(scene.sent, scene.noun)}, "
            f"{counted(scene.customers, 'customer')}, "
            f"{counted(scene.transitions, 'transition')}, "
            f"{counted(sum(scene.triggers.values()), 'trigger')}: "
            f"{scene.dropped:,} dropped into churn risk, {scene.won_back:,} to win back"
        )

    def say(self, line: str) -> None:
        """Write a line."""
        print(line, file=self._stream, flush=True)

    def leave(self) -> None:
        """Write nothing more; nothing has to be done for that."""


def _another_month(before: datetime | None, now: datetime) -> bool:
    return before is None or (before.year, before.month) != (now.year, now.month)
