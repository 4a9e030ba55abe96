"""The headers of a source record that the worker reads.

`quiet` says that nothing may be sent because of the record, such as a record of an import.

`received-at` says when the message first arrived. Whoever writes a record again, at another place
or time, adds it. So the time that stands in for a missing timestamp, and the skew of the sender's
clock, stay the same. Without the header the broker's time counts.
"""

from collections.abc import Iterable
from typing import Any, Final

from schemas.messages.yes_no import is_no

QUIET: Final = "quiet"
"""Only a no, such as `false` or `0`, switches it off: any other value was meant."""

QUIET_HEADER: Final = (QUIET, b"true")
"""The header as we write it."""

RECEIVED: Final = "received-at"
"""Its value is milliseconds since 1970 in digits, as Kafka's timestamps are."""

_LONGEST: Final = 15
"""Digits. A longer number is ignored."""


def is_quiet(headers: Iterable[tuple[str, bytes | None]]) -> bool:
    """True if nothing may be sent because of a record with these headers."""
    return any(
        name == QUIET and not is_no((value or b"").decode(errors="replace"))
        for name, value in headers
    )


def received_header(at_ms: int) -> tuple[str, bytes]:
    """The header that says when a message first arrived."""
    return RECEIVED, b"%d" % max(at_ms, 0)


def received_in(headers: Iterable[tuple[str, bytes | None]]) -> int | None:
    """When a message first arrived by its headers, in milliseconds since 1970, or None."""
    for name, value in headers:
        if name == RECEIVED and value and value.isdigit() and len(value) <= _LONGEST:
            return int(value)
    return None


def headers_schema() -> dict[str, Any]:
    """The JSON Schema of a source record's headers."""
    quiet = "Nothing that follows from this record is sent to anybody: for an import of customers."
    received = "When the message first came, if its record was written again."
    return {
        "type": "object",
        "properties": {
            QUIET: {"type": "string", "enum": ["true", "false"], "description": quiet},
            RECEIVED: {"type": "string", "format": "date-time", "description": received},
        },
    }
