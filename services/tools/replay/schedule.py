"""When each line is sent: in time order, with a tick at each UTC midnight, at a chosen pace.

A line without a time belongs to the instant of the line before it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from services.tools.replay.source_lines import SourceLine

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
"""The instant of lines that come before any line with a time."""


@dataclass(frozen=True, slots=True)
class TimedLine:
    """A line, and the instant by which it is ordered."""

    line: SourceLine
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordingSummary:
    """The number of lines, and their order. `last` is None if no line has a time."""

    lines: int
    in_order: bool
    last: datetime | None


def timed(lines: Iterable[SourceLine]) -> Iterator[TimedLine]:
    """Give each line its instant, in the order of the file."""
    at = BEGINNING
    for line in lines:
        at = line.at or at
        yield TimedLine(line, at)


def in_time_order(lines: Iterable[SourceLine]) -> list[TimedLine]:
    """Sort lines by time. Lines of the same instant keep their order."""
    return sorted(timed(lines), key=lambda each: each.at)


def summarize(lines: Iterable[SourceLine]) -> RecordingSummary:
    """Read the lines once, and keep none of them."""
    count, in_order, before, last = 0, True, BEGINNING, BEGINNING
    for each in timed(lines):
        count += 1
        in_order = in_order and before <= each.at
        before = each.at
        last = max(last, each.at)
    return RecordingSummary(count, in_order, None if last == BEGINNING else last)


@dataclass(frozen=True, slots=True)
class Tick:
    """The clock shows `now`: every message up to `now` (inclusive) is in its topic."""

    now: datetime


def with_ticks(messages: Iterable[TimedLine], until: datetime | None) -> Iterator[TimedLine | Tick]:
    """Put ticks between messages that are in time order.

    Each tick comes after all messages up to and including its instant, and before all later ones.
    The last one is at `until`, or at the first midnight after the last message if that is None.
    `until` must not be before the last message.
    """
    clock: datetime | None = None
    for message in messages:
        if message.at != BEGINNING:
            yield from _midnights(clock or message.at, message.at)
            clock = message.at
        yield message
    end = until or (clock and next_midnight(clock))
    if end:
        yield from _midnights(clock or end, end)
        yield Tick(end)


def next_midnight(instant: datetime) -> datetime:
    """Return the first UTC midnight after an instant."""
    day = instant.astimezone(UTC).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _midnights(first: datetime, end: datetime) -> Iterator[Tick]:
    """Tick at every midnight that is not before `first` and is before `end`."""
    for day in range(first.toordinal(), end.toordinal() + 1):
        midnight = datetime.fromordinal(day).replace(tzinfo=UTC)
        if first <= midnight < end:
            yield Tick(midnight)


class Pacer(Protocol):
    """Decides when a message may be sent."""

    async def wait_for_turn(self, sent: int) -> None:
        """Wait until the message after `sent` others may be sent."""


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `per_second` messages a second, or as fast as possible if that is None."""

    per_second: float | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    started: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "started", self.clock())

    async def wait_for_turn(self, sent: int) -> None:
        """Wait until the message after `sent` others is due."""
        if self.per_second is None:
            return
        early = self.started + sent / self.per_second - self.clock()
        if early > 0:
            await self.sleep(early)
