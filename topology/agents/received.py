"""Where and when a message first arrived: its event has happened by then.

The time is the broker's, if the broker stamps its records: one clock for all senders and workers,
and the same when a record is read again. Whoever writes a record again puts the first time into a
header. If producers stamp the records of a topic, the worker's own time stands in.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from schemas.dead_letter import RETRY_OF
from schemas.messages.record_headers import received_in
from topology.batching.record import Record
from topology.domain.history.instant import Instant

BROKERS_TIME: Final = 1
"""The type of a timestamp that the broker has set: LogAppendTime."""

_MILLISECOND: Final = 1000


def first_received(record: Record) -> int | None:
    """The time in the record's header, if it has one, in milliseconds since 1970."""
    return received_in(record.headers) if record.headers else None


def received_ms(record: Record) -> int:
    """By the record's header, but no later than the record's own time. Milliseconds since 1970."""
    own: int = record.timestamp
    first = first_received(record)
    return own if first is None else min(own, first)


def received_at(record: Record) -> Instant:
    """The same as an instant."""
    return received_ms(record) * _MILLISECOND


def arrival_of(record: Record, machine_now: Instant) -> Instant:
    """By which instant the event of a record has happened; `machine_now` if no broker says it."""
    return received_at(record) if record.timestamp_type == BROKERS_TIME else machine_now


def as_received(
    topic: str,
    value: bytes,
    at: Instant,
    *,
    key: bytes | None = None,
    headers: Iterable[tuple[str, bytes]] = (),
) -> Record:
    """The record of a message that comes to Kafka at `at`, as a worker will see it.

    Its place only stands in for ids that are missing.
    """
    return Record(
        topic=topic,
        partition=0,
        offset=0,
        timestamp=at // _MILLISECOND,
        timestamp_type=BROKERS_TIME,
        key=key,
        value=value,
        headers=tuple(headers),
    )


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


def place_name(record: Record) -> str:
    """Where the message of a record came first, as text."""
    first = first_place_in(record.headers) if record.headers else None
    return str(first or FirstPlace(record.topic, record.partition, record.offset))


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST
