"""Hops: from how many records before it a record of the sources came, one of the other.

A record that somebody sent has come by no hop; what a worker makes of it, for another partition to
process, has come by one, and what is made of that by two. The clock counts with it when nothing
from before an instant can be outstanding any more (`rounds`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from msgspec.structs import replace

from topology.batching.handler import Output
from topology.batching.record import Record

HOPS: Final = "hops"
"""The header that says by how many hops a record has come. Without it, by none."""
MAX_HOPS: Final = 100
"""More are counted as so many."""
_DIGITS: Final = 3

Counts: TypeAlias = tuple[int, ...]
"""How many records a partition has ever handed on: by one hop, by two, and so on."""


class Hops:
    """What one batch hands on to the sources, by hops."""

    __slots__ = ("_sources", "handed_on")

    def __init__(self, sources: Collection[str]) -> None:
        self._sources = sources
        self.handed_on: dict[int, int] = {}
        """How many records, by hops."""

    def follow(self, records: Iterable[Record], outputs: list[Output]) -> Iterator[Record]:
        """Yield the records; after each, add the header to the outputs that it has led to."""
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
    """By how many hops a record has come."""
    for name, value in record.headers:
        if name == HOPS and value and value.isdigit() and len(value) <= _DIGITS:
            return min(int(value), MAX_HOPS)
    return 0


def add_counts(counts: Counts, more: Mapping[int, int]) -> Counts:
    """Count more records, by hops."""
    length = max(len(counts), max(more, default=0))
    before = (*counts, *(0 for _ in range(length - len(counts))))
    return tuple(count + more.get(hops, 0) for hops, count in enumerate(before, 1))


def latest_counts(each: Iterable[Counts]) -> Counts:
    """Of counts of one partition, at different times, the latest: they only ever grow."""
    latest: Counts = ()
    for counts in each:
        longer, shorter = sorted((latest, counts), key=len, reverse=True)
        latest = (*map(max, longer, shorter), *longer[len(shorter) :])
    return latest
