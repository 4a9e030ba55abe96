"""Clock skew: what a message's time was by our clock, if its sender's clock is wrong."""

from datetime import UTC, datetime


def moment(said: object) -> datetime | None:
    """The instant that a text names, or None if it is no ISO 8601 with a time zone."""
    if not isinstance(said, str):
        return None
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def corrected(original: datetime, sent_at: datetime, received_at: datetime) -> datetime | None:
    """By our clock: received_at - (sent_at - original). None if no calendar has such a time."""
    try:
        return (original + (received_at - sent_at)).astimezone(UTC)
    except OverflowError:
        return None
