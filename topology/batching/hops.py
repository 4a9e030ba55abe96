"""Hops: how often workers have handed on a record of the sources, from partition to partition.

A sender's record has 0 hops. A record that a worker writes to a source because of it, for another
partition to process, has 1, and a record that follows from that one has 2. With these counts the
clock decides when no record from before an instant is outstanding (`rounds`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from msgspec.structs import replace

from topology.batching.handler import Output
from topology.batching.record import Record

HOPS: Final = "hops"
"""The header with a record's number of hops. A record without it has 0."""
MAX_HOPS: Final = 100
"""Larger numbers count as this one."""
_DIGITS: Final = 3

Counts: TypeAlias = tuple[int, ...]
"""The total number of records that a partition has handed on: with 1 hop, with 2, …"""


class Hops:
    """Adds the hops header to one batch's outputs to the sources, and counts them."""

    __slots__ = ("_sources", "handed_on")

    def __init__(self, sources: Collection[str]) -> None:
        self._sources = sources
        self.handed_on: dict[int, int] = {}
        """The number of records, by hops."""

    def follow(self, records: Iterable[Record], outputs: list[Output]) -> Iterator[Record]:
        """Yield the records. After each, add the header to the outputs that it has caused."""
        for record in records:
            before = len(outputs)
            yield record
            if len(outputs) > before:
                self._mark(record, outputs, before)

    def _mark(self, record: Record, outputs: list[Output], first: int) -> None:
        for index in range(first, len(outputs)):
            output = outputs[index]
            if output.topic not in self._sources:
                continue
            hops = min(hops_of(record) + 1, MAX_HOPS)
            headers = (each for each in output.headers if each[0] != HOPS)
            outputs[index] = replace(output, headers=(*headers, (HOPS, b"%d" % hops)))
            self.handed_on[hops] = self.handed_on.get(hops, 0) + 1


def hops_of(record: Record) -> int:
    """Return a record's number of hops."""
    for name, value in record.headers:
        if name == HOPS and value and value.isdigit() and len(value) <= _DIGITS:
            return min(int(value), MAX_HOPS)
    return 0


def add_counts(counts: Counts, more: Mapping[int, int]) -> Counts:
    """Add the numbers of more records, by hops."""
    length = max(len(counts), max(more, default=0))
    before = (*counts, *(0 for _ in range(length - len(counts))))
    return tuple(count + more.get(hops, 0) for hops, count in enumerate(before, 1))


def latest_counts(each: Iterable[Counts]) -> Counts:
    """Return the latest of one partition's counts from different times: counts only grow."""
    latest: Counts = ()
    for counts in each:
        longer, shorter = sorted((latest, counts), key=len, reverse=True)
        latest = (*map(max, longer, shorter), *longer[len(shorter) :])
    return latest
