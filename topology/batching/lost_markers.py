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

NOWHERE: Final[frozenset[TP]] = frozenset()


class Span(NamedTuple):
    """Where the records of one transaction are in a partition: from `start` up to before `end`."""

    start: int
    end: int


class _Ended(NamedTuple):
    """Where a transaction ended in a partition, and all partitions that it wrote to."""

    at: int
    places: frozenset[TP]


class Markers:
    """Notices by the offsets of a producer's next records that a marker before them is missing.

    Between its records of two transactions there is the marker of the first, so they never join on.
    """

    def __init__(self) -> None:
        self._ended: dict[TP, _Ended] = {}

    def missing_before(self, spans: Mapping[TP, Span]) -> frozenset[TP]:
        """Return where the earlier transactions have written that lack a marker before these spans.

        Empty if nothing is known to be missing.
        """
        found = NOWHERE
        for place, span in spans.items():
            before = self._ended.get(place)
            if before is not None and before.at == span.start:
                same = (one for one in before.places if self._ended[one].places is before.places)
                found = found.union(same)
        return found

    def note(self, spans: Mapping[TP, Span]) -> None:
        """Remember the records of a transaction that has been committed."""
        places = frozenset(spans)
        for place, span in spans.items():
            self._ended[place] = _Ended(span.end, places)


def places_of(config: BatchConfig, partition: int) -> Iterable[TP]:
    """Every place that the transactions of a partition may write to."""
    yield TP(config.changelog, partition)
    for topic in (*config.sources, *config.outputs):
        for number in range(config.partitions):
            yield TP(topic, number)
