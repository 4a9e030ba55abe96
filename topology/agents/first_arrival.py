"""First arrival: where and when a message came first that was refused, and is tried again.

What stands in for a missing message id or time comes from there. So it counts once, however often
it is tried again, and what happened before a person was erased does not happen later.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from aiokafka import ConsumerRecord

from schemas.dead_letter import RECEIVED_AT, RETRY_OF

_LONGEST: Final = 15
"""Digits of a number that is believed."""


class FirstArrival(NamedTuple):
    """Where a message came first, and when: milliseconds since 1970 by the broker's clock."""

    topic: str
    partition: int
    offset: int
    received_at: int

    @property
    def place(self) -> str:
        """The place as text: a message without an id of its own is called by it."""
        return f"{self.topic}-{self.partition}-{self.offset}"

    def headers(self) -> tuple[tuple[str, bytes], ...]:
        """The headers of a record that tries this message again."""
        return ((RETRY_OF, self.place.encode()), (RECEIVED_AT, b"%d" % self.received_at))


def first_arrival_in(headers: Iterable[tuple[str, bytes | None]]) -> FirstArrival | None:
    """The first arrival that headers tell; None if they are those of no retry."""
    said = dict(headers)
    if RETRY_OF not in said:
        return None
    topic, *numbers = _text(said[RETRY_OF]).rsplit("-", 2)
    whole = [int(each) for each in (*numbers, _text(said.get(RECEIVED_AT))) if _is_whole(each)]
    if not topic or len(whole) != len(FirstArrival._fields) - 1:
        return None
    return FirstArrival(topic, *whole)


def as_first(record: ConsumerRecord[bytes, bytes]) -> ConsumerRecord[bytes, bytes] | None:
    """The record as it came first, if it is tried again; else None."""
    first = first_arrival_in(record.headers)
    if first is None:
        return None
    topic, partition, offset, received_at = first
    return ConsumerRecord(
        topic,
        partition,
        offset,
        received_at,
        record.timestamp_type,
        record.key,
        record.value,
        record.checksum,
        record.serialized_key_size,
        record.serialized_value_size,
        record.headers,
    )


def _text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace")


def _is_whole(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) <= _LONGEST
