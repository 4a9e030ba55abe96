"""First arrival: where a message came first that was refused, and is tried again.

What stands in for a missing message id comes from there, so it counts once, however often it is
tried again. When it came first is in the header that any record may have: see `received`.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from aiokafka import ConsumerRecord

from schemas.dead_letter import RETRY_OF

_LONGEST: Final = 15
"""Digits of a number that is believed."""


class FirstPlace(NamedTuple):
    """Where a message came first."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        """The place as text: a message without an id of its own is called by it."""
        return f"{self.topic}-{self.partition}-{self.offset}"

    def header(self) -> tuple[str, bytes]:
        """The header of a record that tries this message again."""
        return RETRY_OF, str(self).encode()


def first_place_in(headers: Iterable[tuple[str, bytes | None]]) -> FirstPlace | None:
    """The place that headers tell; None if they are those of no retry."""
    for name, value in headers:
        if name == RETRY_OF and value:
            topic, *numbers = value.decode(errors="replace").rsplit("-", 2)
            whole = [int(each) for each in numbers if _is_whole(each)]
            return FirstPlace(topic, *whole) if topic and len(whole) == len(numbers) > 1 else None
    return None


def place_name(record: "ConsumerRecord[Any, Any]") -> str:
    """Where the message of a record came first, as text."""
    first = first_place_in(record.headers) if record.headers else None
    return str(first or FirstPlace(record.topic, record.partition, record.offset))


def _is_whole(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) <= _LONGEST
