"""Arrivals: the records of several partitions in the order in which they arrived.

Only records of senders count: the simulation makes those that workers hand on by itself.
"""

from collections.abc import Iterable, Iterator
from heapq import merge
from typing import Final, TypeAlias

from schemas import topics
from topology.agents.join_records import Erase, decode_join
from topology.batching.hops import hops_of
from topology.batching.record import Record

Arrival: TypeAlias = tuple[int, bool, str, int, int, Record]
"""When a record arrived (in milliseconds), and all that orders those of one millisecond."""

_CLOCK: Final = topics.CLOCK


def in_order_of_arrival(partitions: Iterable[Iterable[Record]]) -> Iterator[Record]:
    """Merge partitions by their timestamps. Each keeps its own order, also if its times jump back.

    At one millisecond a tick comes last: whoever sends it has sent the others before.
    """
    for arrival in merge(*map(_arrivals, partitions)):
        yield arrival[-1]


def _arrivals(records: Iterable[Record]) -> Iterator[Arrival]:
    latest = 0
    for record in records:
        latest = max(latest, record.timestamp)
        topic = record.topic
        yield latest, topic == _CLOCK, topic, record.partition, record.offset, record


def is_from_sender(record: Record) -> bool:
    """True if no worker has written this record: it is no copy, and of the joins a request."""
    if record.headers and hops_of(record):
        return False
    if record.topic != topics.JOINS:
        return True
    content = decode_join(record.value)
    return isinstance(content, Erase) and not content.told_by_row
