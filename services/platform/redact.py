"""Hides secrets and personal data in what is shown and logged.

The text of an unexpected error may hold values of its moment, such as a customer's id or a comment.
The log therefore names its kind and place only.
"""

import logging
from traceback import extract_tb
from typing import Any, Final
from urllib.parse import urlsplit

from aiokafka.errors import KafkaError
from structlog.typing import EventDict

from services.platform.faults import FaultError
from topology.batching.errors import BatchingError

IMPERSONAL: Final = (FaultError, BatchingError, KafkaError, OSError)
"""The errors whose texts hold no personal data."""
NOT_SHOWN: Final = "not shown: it may be about a person"


def without_password(address: str) -> str:
    """Return an address or URL with its password left out."""
    parts = urlsplit(address) if "://" in address else None
    if parts is None or parts.password is None:
        return address
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username or ''}:***@{host}").geturl()


def frames_of(error: BaseException) -> list[str]:
    """Return the places of an error from the outermost to the innermost, `file:line function`."""
    return [
        f"{each.filename}:{each.lineno} {each.name}" for each in extract_tb(error.__traceback__)
    ]


def text_of(error: BaseException) -> str:
    """Return one line for an error: its text if that is impersonal, else its kind."""
    kind = type(error).__name__
    return (str(error) or kind) if isinstance(error, IMPERSONAL) else kind


class RedactErrors(logging.Filter):
    """Replaces the errors that a library puts into its messages by their redacted texts."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let each record pass, redacted."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                text_of(each) if isinstance(each, BaseException) else each for each in record.args
            )
        return True


def redact_tracebacks(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Remove the texts of errors from the tracebacks of an event, which are lists of stacks."""
    _redact_stacks(event.get("exception"))
    return event


def _redact_stacks(stacks: Any) -> None:
    for stack in stacks if isinstance(stacks, list) else ():
        stack["exc_value"] = NOT_SHOWN
        stack["exc_notes"] = []
        for inner in stack.get("exceptions", ()):
            _redact_stacks(inner)
