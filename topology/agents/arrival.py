"""Arrival: when a record came to Kafka. What it tells of has happened by then, whatever it claims.

That is the broker's time, if the broker stamps its records: one clock for all who send and for all
workers, and the same when a record is read again. A topic whose records bear the times of their
producers has no such time, and the worker's own stands in for it.
"""

from typing import Final

from aiokafka import ConsumerRecord

from topology.domain.facts.instant import Instant

ARRIVED: Final = "arrived"
"""The header of a record that was handed on: when it came first, in milliseconds."""

BROKERS_TIME: Final = 1
"""The type of a timestamp that the broker has set: LogAppendTime."""

_DIGITS: Final = 15
_MILLISECOND: Final = 1000


def arrival_of(record: ConsumerRecord[bytes, bytes], machine_now: Instant) -> Instant:
    """When a record came first; `machine_now` if nobody knows."""
    if record.timestamp_type != BROKERS_TIME:
        return machine_now
    return timestamp_of(record) * _MILLISECOND


def timestamp_of(record: ConsumerRecord[bytes, bytes]) -> int:
    """The timestamp of a record, in milliseconds: the first it had, if it was handed on."""
    at: int = record.timestamp
    for name, value in record.headers:
        if name == ARRIVED and value is not None and value.isdigit() and len(value) <= _DIGITS:
            at = min(at, int(value))
    return at


def stamped(record: ConsumerRecord[bytes, bytes]) -> tuple[tuple[str, bytes], ...]:
    """The header that tells whoever a record is handed on to when it came first."""
    return ((ARRIVED, b"%d" % max(timestamp_of(record), 0)),)
