"""How many dead letters the topic holds, by reason and source: pure.

Kafka deletes the oldest letters in whole segments, so they are counted by partition and hour. An
hour counts until its last letter is gone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from schemas import topics
from services.dead_letters.letter import UNKNOWN, DeadLetter
from services.dead_letters.selection import REASONS, TOPICS
from services.ingest.routing import DOORS

HOUR_MS: Final = 3_600_000
OTHER: Final = "other"
"""A source that nobody knows: a label must not have any number of values."""
_SOURCES: Final = frozenset({*TOPICS, *DOORS, topics.ERASURES})


class Kind(NamedTuple):
    """What letters are counted by."""

    reason: str
    source: str


def kind_of(letter: DeadLetter) -> Kind:
    """What a letter is counted by."""
    reason, source = letter.reason, letter.source.topic
    return Kind(reason if reason in REASONS else UNKNOWN, source if source in _SOURCES else OTHER)


@dataclass(slots=True)
class _Hour:
    """The letters of a partition and an hour; `last` is the offset of the last one."""

    last: int = -1
    counts: Counter[Kind] = field(default_factory=Counter)


class Census:
    """Counts of all partitions."""

    def __init__(self) -> None:
        self._hours: dict[tuple[int, int], _Hour] = {}

    def add(self, letters: Iterable[DeadLetter]) -> None:
        """Count letters, each once."""
        for letter in letters:
            partition, offset = letter.id
            hour = self._hours.setdefault((partition, letter.at_ms // HOUR_MS), _Hour())
            hour.last = max(hour.last, offset)
            hour.counts[kind_of(letter)] += 1

    def forget(self, begins: Mapping[int, int]) -> None:
        """Leave out what Kafka has deleted: `begins` is where each partition begins now."""
        self._hours = {
            (partition, hour): found
            for (partition, hour), found in self._hours.items()
            if found.last >= begins.get(partition, 0)
        }

    def counts(self) -> Mapping[Kind, int]:
        """How many there are."""
        total: Counter[Kind] = Counter()
        for hour in self._hours.values():
            total.update(hour.counts)
        return total
