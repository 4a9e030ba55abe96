"""How many dead letters the topic holds, by reason and source: pure.

Kafka deletes the oldest letters in whole segments, so they are counted by partition and hour. An
hour counts until its last letter is gone.
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
from services.dead_letters.reader import LetterLog, Span, open_letters
from services.dead_letters.selection import REASONS, TOPICS
from services.ingest.doors import DOORS
from services.platform.faults import FaultError
from services.platform.outage import Backoff, Outage
from topology.batching.security import OPEN, KafkaSecurity

HOUR_MS: Final = 3_600_000
OTHER: Final = "other"
"""A source that nobody knows: a label must not have any number of values."""
_SOURCES: Final = frozenset({*TOPICS, *DOORS, topics.ERASURES})
LOOK_EVERY_S: Final = 5.0
BETWEEN_BATCHES_S: Final = 0.05
"""Other work of the process has its turn: so 10,000 letters a second are counted at most."""


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


class CensusTail:
    """Keeps a census in step with the topic, for ever. A new process counts from the beginning."""

    def __init__(self, kafka: str, security: KafkaSecurity = OPEN) -> None:
        self._kafka = kafka
        self._security = security
        self._outage = Outage(structlog.get_logger().bind(role="api"), "dead_letters")
        self.census = Census()
        self.is_current = False
        """True if all has been counted that was there at the last look."""

    async def keep_counting(self, every_s: float = LOOK_EVERY_S) -> NoReturn:
        """Count. Kafka away: it says so once, and counts anew once it is back."""
        backoff = Backoff()
        while True:
            try:
                async with open_letters(self._kafka, self._security) as log:
                    await self._count(log, every_s, backoff)
            except (FaultError, KafkaError, OSError, TimeoutError) as error:
                self.is_current = False
                self._outage.away(str(error) or type(error).__name__)
            await asyncio.sleep(backoff.pause_s())

    async def _count(self, log: LetterLog, every_s: float, backoff: Backoff) -> None:
        """Count until the topic was created anew, or is not there."""
        census, reached = Census(), dict[int, int]()
        while spans := await log.spans():
            if any(span.end < reached.get(each, 0) for each, span in spans.items()):
                return
            for partition, (first, end) in spans.items():
                start = max(first, reached.get(partition, 0))
                async for letters in log.read(partition, Span(start, end)):
                    census.add(letters)
                    await asyncio.sleep(BETWEEN_BATCHES_S)
                reached[partition] = end
            census.forget({each: span.first for each, span in spans.items()})
            self.census, self.is_current = census, True
            self._outage.back()
            backoff.reset()
            await asyncio.sleep(every_s)
        self.census, self.is_current = Census(), True
        await asyncio.sleep(every_s)
