"""When the clock ticks: at each UTC midnight between two messages, and once at the end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.tools.replay.chronology import BEGINNING, Placed


@dataclass(frozen=True, slots=True)
class Tick:
    """Every message up to and including `now` is in its topic; the clock may say so."""

    now: datetime


def with_ticks(messages: Iterable[Placed], until: datetime | None) -> Iterator[Placed | Tick]:
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
