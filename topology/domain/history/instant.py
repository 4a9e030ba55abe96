"""Instants and spans: whole microseconds, in UTC, since 1970."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

Instant = int
"""Microseconds since 1970-01-01T00:00:00Z."""

Span = int
"""Microseconds."""

NEVER: Final = 1 << 61
"""An instant after all others; as a span, one that nothing outlasts.

Compiled, numbers from 1 << 62 on are objects, and an instant and this span make less than that.
"""

ZERO_TIMES_END: Final = 31_536_000_000_000
"""1971-01-01T00:00:00Z. A time before it is the zero of some clock (0001, 1970 in any zone)."""

LATEST: Final = 253_402_300_799_999_999
"""The last instant of the calendar, of the year 9999: what would come later never comes."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_SECOND: Final = 1_000_000
_DAY_S: Final = 86_400

HOUR: Final = 3_600_000_000
DAY: Final = 24 * HOUR


def from_datetime(timestamp: datetime) -> Instant:
    """The instant of an aware datetime."""
    since = timestamp - _EPOCH
    return (since.days * _DAY_S + since.seconds) * _SECOND + since.microseconds


@lru_cache(maxsize=1024)  # Of the instants that one batch writes, many are the same.
def to_datetime(instant: Instant) -> datetime:
    """The datetime in UTC of an instant in microseconds.

    One that the calendar does not reach is its first or its last: no row breaks an answer.
    """
    try:
        return _EPOCH + instant * _MICROSECOND  # Half as dear as to make a timedelta of the number.
    except OverflowError:
        return _FIRST if instant < 0 else _LAST


def in_calendar(instant: Instant | None) -> datetime | None:
    """The datetime of an instant, or None if the calendar ends before it."""
    return None if instant is None or instant > LATEST else to_datetime(instant)


def later(one: Instant | None, other: Instant | None) -> Instant | None:
    """The later of two instants, of which either may be missing."""
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)


def span(duration: timedelta) -> Span:
    """A duration in whole microseconds."""
    return duration // _MICROSECOND
