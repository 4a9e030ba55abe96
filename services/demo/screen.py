"""The scene on a terminal, drawn anew several times a second."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from rich.bar import Bar
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table

from services.demo.scene import Scene

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
BAR_WIDTH: Final = 40


class Screen:
    """Draws scenes at the end of the terminal; what is said scrolls by above."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def show(self, scene: Scene) -> None:
        """Draw the scene."""
        self._live.update(drawn(scene))

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


def drawn(scene: Scene) -> RenderableType:
    """Draw a scene."""
    return Group(_headline(scene), _segments(scene.segments), _triggers(scene))


def _headline(scene: Scene) -> RenderableType:
    line = Table.grid(padding=(0, 2))
    day = f"{scene.now:%Y-%m-%d}" if scene.now else "—"
    line.add_row(
        f"[bold]{day}[/]",
        ProgressBar(total=scene.in_all or 1, completed=scene.sent, width=BAR_WIDTH),
        f"{scene.sent:,} {scene.noun}",
        f"{scene.customers:,} customers",
        f"{scene.transitions:,} transitions",
        f"{scene.triggers:,} triggers",
    )
    return line


def _segments(counts: Mapping[str, int]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    largest = max(counts.values(), default=0) or 1
    others = sorted(name for name, count in counts.items() if count and name not in SEGMENTS)
    for name in (*SEGMENTS, *others):
        count = counts.get(name, 0)
        bar = Bar(largest, 0, count, width=BAR_WIDTH, color=SEGMENTS.get(name, "white"))
        table.add_row(name, f"{count:>5,}", bar)
    return Panel(table, title="customers by segment", title_align="left", expand=False)


def _triggers(scene: Scene) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for trigger in sorted(scene.latest, key=lambda each: each.effective_at, reverse=True):
        table.add_row(
            f"{trigger.effective_at:%Y-%m-%d}",
            escape(trigger.customer_id),
            f"[bold]{trigger.rule}[/]",
            escape(trigger.reason),
        )
    return Panel(table, title="latest triggers", title_align="left", expand=False)
