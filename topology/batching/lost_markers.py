"""Lost markers: transactions that the broker calls complete, and that have no end in the logs.

A transaction ends by a marker in each partition that it wrote to, which the broker writes after it
has answered. Kafka 4.3 leaves out those of partitions that have no leader at that moment
(KAFKA-20734; decision 34): readers come no further there, and whatever producer of the same id ends
a transaction in such a partition next ends the earlier one with it, in the same way.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from faust.types import TP

from topology.batching.config import BatchConfig

NO_PARTITIONS: Final[frozenset[TP]] = frozenset()


class Span(NamedTuple):
    """Where the records of one transaction are in a partition: from `start` up to before `end`."""

    start: int
    end: int


class _Written(NamedTuple):
    """Where a transaction ended in a partition, and all partitions that it wrote to."""

    at: int
    partitions: frozenset[TP]


class MarkerTracker:
    """Notices by the offsets of a producer's next records that a marker before them is missing.

    Between its records of two transactions there is the marker of the first, so they never join on.
    """

    def __init__(self) -> None:
        self._written: dict[TP, _Written] = {}

    def missing_before(self, spans: Mapping[TP, Span]) -> frozenset[TP]:
        """Return where the earlier transactions have written that lack a marker before these spans.

        Empty if nothing is known to be missing.
        """
        found = NO_PARTITIONS
        for tp, span in spans.items():
            before = self._written.get(tp)
            if before is not None and before.at == span.start:
                same = (
                    one
                    for one in before.partitions
                    if self._written[one].partitions is before.partitions
                )
                found = found.union(same)
        return found

    def record(self, spans: Mapping[TP, Span]) -> None:
        """Remember the records of a transaction that has been committed."""
        partitions = frozenset(spans)
        for tp, span in spans.items():
            self._written[tp] = _Written(span.end, partitions)


def writable_partitions(config: BatchConfig, partition: int) -> Iterable[TP]:
    """Every tp that the transactions of a partition may write to."""
    yield TP(config.changelog, partition)
    for topic in (*config.sources, *config.outputs):
        for number in range(config.partitions):
            yield TP(topic, number)
