"""Quiet: the header of a source record from which nothing is to be sent, such as an import's."""

from collections.abc import Iterable
from typing import Any, Final

from schemas.messages.received import RECEIVED
from schemas.messages.yes_no import is_no

QUIET: Final = "quiet"
"""The header. Whoever writes it means it: only a no, such as `false` or `0`, says the contrary."""

MARK: Final = (QUIET, b"true")
"""The header as we write it."""


def is_quiet(headers: Iterable[tuple[str, bytes | None]]) -> bool:
    """True if a record says that nothing that hangs on it is to be sent."""
    return any(
        name == QUIET and not is_no((value or b"").decode(errors="replace"))
        for name, value in headers
    )


def headers_schema() -> dict[str, Any]:
    """The JSON Schema of a source record's headers."""
    said = "Nothing that follows from this record is sent to anybody: for an import of customers."
    received = "When the message first came, if its record was written again."
    return {
        "type": "object",
        "properties": {
            QUIET: {"type": "string", "enum": ["true", "false"], "description": said},
            RECEIVED: {"type": "string", "format": "date-time", "description": received},
        },
    }
