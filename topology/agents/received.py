"""When the message of a record came to the first door: what it tells of has happened by then.

That is the broker's time, if the broker stamps its records: one clock for all who send and for all
workers, and the same when a record is read again. Whoever writes a record again says in a header
when it came first. A topic whose records bear the times of their producers has no such time, and
the worker's own stands in for it.
"""

from collections.abc import Iterable
from typing import Any, Final

from aiokafka import ConsumerRecord

from schemas.messages.record_headers import received_in
from topology.domain.history.instant import Instant

BROKERS_TIME: Final = 1
"""The type of a timestamp that the broker has set: LogAppendTime."""

_MILLISECOND: Final = 1000


def first_received(record: "ConsumerRecord[Any, Any]") -> int | None:
    """What the record's header says of it, if it has one, in milliseconds since 1970."""
    return received_in(record.headers) if record.headers else None


def received_ms(record: "ConsumerRecord[Any, Any]") -> int:
    """By the record's header, but no later than the record's own time. Milliseconds since 1970."""
    own: int = record.timestamp
    first = first_received(record)
    return own if first is None else min(own, first)


def received_at(record: "ConsumerRecord[Any, Any]") -> Instant:
    """The same as an instant."""
    return received_ms(record) * _MILLISECOND


def arrival_of(record: "ConsumerRecord[Any, Any]", machine_now: Instant) -> Instant:
    """By which instant all that the record tells of has happened; `machine_now` if none says."""
    return received_at(record) if record.timestamp_type == BROKERS_TIME else machine_now


def as_received(
    topic: str,
    value: bytes,
    at: Instant,
    *,
    key: bytes | None = None,
    headers: Iterable[tuple[str, bytes]] = (),
) -> "ConsumerRecord[bytes, bytes]":
    """The record of a message that comes to Kafka at `at`, as a worker will see it.

    Its place only stands in for ids that are missing.
    """
    stamp, size = at // _MILLISECOND, len(value)
    return ConsumerRecord(
        topic, 0, 0, stamp, BROKERS_TIME, key, value, None, -1, size, tuple(headers)
    )
