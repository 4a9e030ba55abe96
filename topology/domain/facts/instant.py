"""Instants and spans: whole microseconds, in UTC, since 1970."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

Instant = int
"""Microseconds since 1970-01-01T00:00:00Z."""

Span = int
"""Microseconds."""

NEVER: Final = 1 << 62
"""An instant after all others; as a span, one that nothing outlasts."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_SECOND: Final = 1_000_000
_DAY_S: Final = 86_400

HOUR: Final = 3_600_000_000
DAY: Final = 24 * HOUR


def from_datetime(moment: datetime) -> Instant:
    """The instant of an aware datetime, in microseconds."""
    since = moment - _EPOCH
    return (since.days * _DAY_S + since.seconds) * _SECOND + since.microseconds


@lru_cache(maxsize=1024)  # Of the instants that one batch writes, many are the same.
def to_datetime(instant: Instant) -> datetime:
    """The datetime in UTC of an instant in microseconds."""
    return _EPOCH + instant * _MICROSECOND  # Half as dear as to make a timedelta of the number.


def span(duration: timedelta) -> Span:
    """A duration in whole microseconds."""
    return duration // _MICROSECOND
