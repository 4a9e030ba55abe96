"""Counts the dead letters in the topic, by reason and source, while the API runs.

Kafka deletes the oldest letters in whole segments. The counts are therefore kept by partition and
hour: an hour counts until Kafka has deleted its last letter.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, NoReturn

import structlog
from aiokafka.errors import KafkaError

from schemas import topics
from services.dead_letters.dead_letter import UNKNOWN, DeadLetter
from services.dead_letters.reader import DeadLetterReader, OffsetRange, open_dead_letters
from services.dead_letters.selection import REASONS, TOPICS
from services.ingest.routing import ENDPOINTS
from services.platform.faults import FaultError
from services.platform.outage import Backoff, Outage
from topology.batching.security import OPEN, KafkaSecurity

HOUR_MS: Final = 3_600_000
OTHER: Final = "other"
"""The label of every unknown source: the number of a label's values must be bounded."""
_SOURCES: Final = frozenset({*TOPICS, *ENDPOINTS, topics.ERASURES})
POLL_INTERVAL_S: Final = 5.0
BETWEEN_BATCHES_S: Final = 0.05
"""A pause for the other work of the process: it counts at most 10,000 letters a second."""


class CountLabels(NamedTuple):
    """The labels of the metric."""

    reason: str
    source: str


def labels_of(letter: DeadLetter) -> CountLabels:
    """The labels under which a letter counts."""
    reason, source = letter.reason, letter.source.topic
    return CountLabels(
        reason if reason in REASONS else UNKNOWN, source if source in _SOURCES else OTHER
    )


@dataclass(slots=True)
class _Hour:
    """The letters of a partition and an hour; `last` is the offset of the last one."""

    last: int = -1
    counts: Counter[CountLabels] = field(default_factory=Counter)


class DeadLetterCounts:
    """The counts of all partitions: pure."""

    def __init__(self) -> None:
        self._hours: dict[tuple[int, int], _Hour] = {}

    def add(self, letters: Iterable[DeadLetter]) -> None:
        """Count letters, each once."""
        for letter in letters:
            partition, offset = letter.id
            hour = self._hours.setdefault((partition, letter.at_ms // HOUR_MS), _Hour())
            hour.last = max(hour.last, offset)
            hour.counts[labels_of(letter)] += 1

    def forget(self, begins: Mapping[int, int]) -> None:
        """Leave out letters that Kafka has deleted; `begins` is the first offset by partition."""
        self._hours = {
            (partition, hour): found
            for (partition, hour), found in self._hours.items()
            if found.last >= begins.get(partition, 0)
        }

    def by_labels(self) -> Mapping[CountLabels, int]:
        """The number of letters, by labels."""
        total: Counter[CountLabels] = Counter()
        for hour in self._hours.values():
            total.update(hour.counts)
        return total


class DeadLetterCounter:
    """Keeps the counts current. A new process reads the topic from its beginning."""

    def __init__(self, kafka: str, security: KafkaSecurity = OPEN) -> None:
        self._kafka = kafka
        self._security = security
        self._outage = Outage(structlog.get_logger().bind(role="api"), "dead_letters")
        self.counts = DeadLetterCounts()
        self.is_current = False
        """True if the counts hold every letter that the topic had at the last poll."""

    async def keep_counting(self, every_s: float = POLL_INTERVAL_S) -> NoReturn:
        """Count for ever. While Kafka is away it logs that once, and then counts again."""
        backoff = Backoff()
        while True:
            try:
                async with open_dead_letters(self._kafka, self._security) as reader:
                    await self._count(reader, every_s, backoff)
            except (FaultError, KafkaError, OSError, TimeoutError) as error:
                self.is_current = False
                self._outage.away(str(error) or type(error).__name__)
            await asyncio.sleep(backoff.pause_s())

    async def _count(self, reader: DeadLetterReader, every_s: float, backoff: Backoff) -> None:
        """Count until the topic is missing, or somebody has created it again."""
        counts, reached = DeadLetterCounts(), dict[int, int]()
        while ranges := await reader.ranges():
            if any(range_.end < reached.get(each, 0) for each, range_ in ranges.items()):
                return
            for partition, (first, end) in ranges.items():
                start = max(first, reached.get(partition, 0))
                async for letters in reader.read(partition, OffsetRange(start, end)):
                    counts.add(letters)
                    await asyncio.sleep(BETWEEN_BATCHES_S)
                reached[partition] = end
            counts.forget({each: range_.first for each, range_ in ranges.items()})
            self.counts, self.is_current = counts, True
            self._outage.back()
            backoff.reset()
            await asyncio.sleep(every_s)
        self.counts, self.is_current = DeadLetterCounts(), True
        await asyncio.sleep(every_s)
