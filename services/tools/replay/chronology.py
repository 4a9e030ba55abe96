"""Time order. A line without a time belongs to the instant of the line before it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from services.tools.replay.line import SourceLine

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
"""Where lines stand that come before any line with a time."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A line and the instant at which it has its place."""

    line: SourceLine
    at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """What a first look at a file tells. `last` is None if no line has a time."""

    lines: int
    in_order: bool
    last: datetime | None


def placed(lines: Iterable[SourceLine]) -> Iterator[Placed]:
    """Give each line its instant, in the order in which they stand."""
    at = BEGINNING
    for line in lines:
        at = line.at or at
        yield Placed(line, at)


def in_time_order(lines: Iterable[SourceLine]) -> list[Placed]:
    """Sort lines by time. Lines of the same instant stay as they stand."""
    return sorted(placed(lines), key=lambda each: each.at)


def span_of(lines: Iterable[SourceLine]) -> Span:
    """Look through the lines once, keeping none of them."""
    count, in_order, before, last = 0, True, BEGINNING, BEGINNING
    for each in placed(lines):
        count += 1
        in_order = in_order and before <= each.at
        before = each.at
        last = max(last, each.at)
    return Span(count, in_order, None if last == BEGINNING else last)
