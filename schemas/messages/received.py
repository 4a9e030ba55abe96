"""Received: the header of a source record that says when its message came to the first door.

Whoever writes a record again, at another place or time, writes it, so that what stands in for a
missing timestamp, and the skew of the sender's clock, stay the same. Else the broker's time is
meant.
"""

from collections.abc import Iterable
from typing import Final

RECEIVED: Final = "received-at"
"""The header. Its value is milliseconds since 1970 in digits, as Kafka's timestamps are."""

_LONGEST: Final = 15
"""Digits of a number that is believed."""


def received_header(at_ms: int) -> tuple[str, bytes]:
    """The header as we write it."""
    return RECEIVED, b"%d" % max(at_ms, 0)


def received_in(headers: Iterable[tuple[str, bytes | None]]) -> int | None:
    """The milliseconds since 1970 that a record's headers tell, or None."""
    for name, value in headers:
        if name == RECEIVED and value and value.isdigit() and len(value) <= _LONGEST:
            return int(value)
    return None
