"""Lost markers: detects completed transactions whose markers the broker has not written.

The broker ends a transaction with a marker in each partition that it wrote to, after it has
answered the producer. Kafka 4.3 omits the markers of partitions without a leader at that time
(KAFKA-20734; decision 34). Readers stop there. The next marker of the same producer id in such a
partition also commits or aborts the earlier transaction.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from faust.types import TP

from topology.batching.config import BatchConfig

NO_PARTITIONS: Final[frozenset[TP]] = frozenset()


class Span(NamedTuple):
    """The offsets of one transaction's records in a partition: from `start` to before `end`."""

    start: int
    end: int


class _Written(NamedTuple):
    """The offset after a transaction's last record, and all partitions that it wrote to."""

    at: int
    partitions: frozenset[TP]


class MarkerTracker:
    """Detects a missing marker from the offsets of the same producer's next records.

    A marker takes an offset. So the records of two transactions of a producer are never adjacent,
    unless the marker of the first is missing.
    """

    def __init__(self) -> None:
        self._written: dict[TP, _Written] = {}

    def missing_before(self, spans: Mapping[TP, Span]) -> frozenset[TP]:
        """Return all partitions of the earlier transactions whose marker before a span is missing.

        Empty if no missing marker is known.
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
        """Record where a committed transaction has written."""
        partitions = frozenset(spans)
        for tp, span in spans.items():
            self._written[tp] = _Written(span.end, partitions)


def writable_partitions(config: BatchConfig, partition: int) -> Iterable[TP]:
    """Yield every topic partition that the transactions of a partition may write to."""
    yield TP(config.changelog, partition)
    for topic in (*config.sources, *config.outputs):
        for number in range(config.partitions):
            yield TP(topic, number)
