"""What a log may say of an error: its kind and place, but its words only if they are nobody's data.

The words of an unexpected error are values at hand when it happened: a customer's id, a comment.
"""

import logging
from typing import Any, Final

from aiokafka.errors import KafkaError
from redis.exceptions import RedisError
from structlog.typing import EventDict

from services.platform.faults import FaultError
from topology.batching.errors import BatchingError

IMPERSONAL: Final = (FaultError, BatchingError, KafkaError, RedisError, OSError)
NOT_SHOWN: Final = "not shown: it may be about a person"


def said_of(error: BaseException) -> str:
    """Return what may be said of an error in one line."""
    kind = type(error).__name__
    return (str(error) or kind) if isinstance(error, IMPERSONAL) else kind


class WithoutWords(logging.Filter):
    """Takes the words out of errors that a library puts into its messages."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass, changed."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                said_of(each) if isinstance(each, BaseException) else each for each in record.args
            )
        return True


def without_words(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Take the words out of the tracebacks of an event, which are already a list of stacks."""
    _blank(event.get("exception"))
    return event


def _blank(stacks: Any) -> None:
    for stack in stacks if isinstance(stacks, list) else ():
        stack["exc_value"] = NOT_SHOWN
        stack["exc_notes"] = []
        for inner in stack.get("exceptions", ()):
            _blank(inner)
