"""Reads the records of many files in the order in which Kafka got them."""

import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from services.archive.columns import ArchivedRecord
from services.archive.file_name import FileName, Partition
from services.archive.parquet import decode_in_parts
from services.archive.store import Store


class Placed(NamedTuple):
    """A record, and where it was."""

    timestamp: int
    partition: Partition
    record: ArchivedRecord


def in_order_of_arrival(store: Store, names: Iterable[FileName]) -> Iterator[Placed]:
    """Read files; the records of one partition keep their order.

    Raises:
        StoreAwayError: the store does not answer.
        DamagedFileError: a file can't be read.
    """
    by_partition = groupby(sorted(names), key=lambda name: name.partition)
    streams = [_records(store, partition, tuple(group)) for partition, group in by_partition]
    return heapq.merge(*streams, key=lambda each: each.timestamp)


def _records(store: Store, partition: Partition, names: Iterable[FileName]) -> Iterator[Placed]:
    latest = 0
    for name in names:
        for record in decode_in_parts(store.read(name.path)):
            latest = max(latest, record.timestamp)
            yield Placed(latest, partition, record)
