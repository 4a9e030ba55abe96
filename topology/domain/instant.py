"""Instants and spans: whole microseconds, in UTC, since 1970."""

from datetime import UTC, datetime, timedelta
from typing import Final

Instant = int
"""Microseconds since 1970-01-01T00:00:00Z."""

Span = int
"""Microseconds."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

HOUR: Final = 3_600_000_000
DAY: Final = 24 * HOUR


def from_datetime(moment: datetime) -> Instant:
    """The instant of an aware datetime, in microseconds."""
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(instant: Instant) -> datetime:
    """The datetime in UTC of an instant in microseconds."""
    return _EPOCH + timedelta(microseconds=instant)


def span(duration: timedelta) -> Span:
    """A duration in whole microseconds."""
    return duration // _MICROSECOND
