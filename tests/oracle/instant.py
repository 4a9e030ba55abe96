"""Instants and spans as whole microseconds: they compare and add exactly, and fast."""

from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

Instant: TypeAlias = int
"""Microseconds since 1970 began in UTC."""

Span: TypeAlias = int
"""Microseconds."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def instant_of(at: datetime) -> Instant:
    """An aware datetime as microseconds."""
    return (at - EPOCH) // MICROSECOND


def datetime_of(instant: Instant) -> datetime:
    """The same back, in UTC."""
    return EPOCH + instant * MICROSECOND


def parsed(text: str) -> Instant:
    """An instant as messages spell it."""
    return instant_of(datetime.fromisoformat(text))


def span_of(text: str) -> Span:
    """A span as the policy spells it: `30 days`, `1 hour`."""
    number, unit = text.split()
    return timedelta(**{unit.rstrip("s") + "s": int(number)}) // MICROSECOND
