"""Received: the header of a source record that says when its message came to the first door.

Whoever writes a record again, at another place or time, writes it, so that what stands in for a
missing timestamp, and the skew of the sender's clock, stay the same. Else the broker's time is
meant.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from schemas.messages.reading.times import moment

RECEIVED: Final = "received-at"
"""The header. Its value is a time with its zone, as in the contract."""


def received_header(at: datetime) -> tuple[str, bytes]:
    """The header as we write it."""
    return RECEIVED, at.isoformat().encode()


def received_in(headers: Iterable[tuple[str, bytes | None]]) -> datetime | None:
    """The time that a record's headers tell, or None."""
    for name, value in headers:
        if name == RECEIVED and value:
            return moment(value.decode(errors="replace"))
    return None
