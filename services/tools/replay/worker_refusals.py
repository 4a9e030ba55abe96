"""Where the messages of a replay have arrived: runs of offsets, few of which take much room."""

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.dead_letters.reader import (
    DeadLetterReader,
    OffsetRange,
    OffsetRanges,
    open_dead_letters,
)
from services.platform.faults import FaultError
from services.platform.kafka.topics.connect import connected_admin
from topology.batching.security import OPEN, KafkaSecurity

STILL_S: Final = 5.0
"""Workers that commit nothing of the replay for so long are not waited for."""
POLL_INTERVAL_S: Final = 0.1
LOOKS: Final = 10
"""How often letters are looked for that should be there: a commit is seen before its records."""


class Arrived(Protocol):
    """What a producer is told of a record, see aiokafka's RecordMetadata."""

    @property
    def topic(self) -> str:
        """Its topic."""

    @property
    def partition(self) -> int:
        """Its partition."""

    @property
    def offset(self) -> int:
        """Its offset."""


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


class Arrivals:
    """The offsets of a replay's messages, by partition."""

    def __init__(self) -> None:
        self._runs: dict[Place, list[list[int]]] = {}

    def add(self, record: Arrived) -> None:
        """Note a message. Those of a partition come in the order of their offsets."""
        runs = self._runs.setdefault(Place(record.topic, record.partition), [])
        if runs and runs[-1][1] == record.offset:
            runs[-1][1] += 1
        else:
            runs.append([record.offset, record.offset + 1])

    def has(self, place: Place, offset: int) -> bool:
        """Whether a message of the replay is there."""
        runs = self._runs.get(place, [])
        after = bisect_right(runs, offset, key=lambda run: run[0])
        return after > 0 and offset < runs[after - 1][1]

    def ends(self) -> Mapping[Place, int]:
        """Of each partition the offset after the last message."""
        return {place: runs[-1][1] for place, runs in self._runs.items()}


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers of a group in the Kafka at `kafka`."""

    kafka: str
    group: str
    security: KafkaSecurity = OPEN


async def letters_begin(workers: Workers) -> OffsetRanges:
    """Where the dead letters end now: those of a replay come after that."""
    async with open_dead_letters(workers.kafka, workers.security) as reader:
        return {
            each: OffsetRange(span.end, span.end) for each, span in (await reader.ranges()).items()
        }


async def refused_by_workers(
    workers: Workers, arrivals: Arrivals, begin: OffsetRanges, expected: int
) -> Mapping[str, int] | None:
    """How many messages the workers have refused, by reason; None if nobody can say.

    `begin` is what `letters_begin` said before the replay, and `expected` how many there should be.
    """
    try:
        async with connected_admin(workers.kafka, workers.security) as admin:
            if not await _at_work(admin, workers.group):
                return None
            if not await _processed(admin, workers.group, arrivals.ends()):
                return None
        async with open_dead_letters(workers.kafka, workers.security) as reader:
            return await _counted(reader, arrivals, begin, expected)
    except (FaultError, KafkaError, TimeoutError):
        return None


async def _at_work(admin: AIOKafkaAdminClient, group: str) -> bool:
    answers = await admin.describe_consumer_groups([group])
    return any(each["members"] for answer in answers for each in answer.to_object()["groups"])


async def _processed(admin: AIOKafkaAdminClient, group: str, ends: Mapping[Place, int]) -> bool:
    """Wait until the group has committed all that comes before `ends`; False if it stands still."""
    clock = asyncio.get_running_loop().time
    settled, moved_at = -1, clock()
    while True:
        found = await admin.list_consumer_group_offsets(group)
        committed = {(place.topic, place.partition): at.offset for place, at in found.items()}
        at = [min(committed.get(place, 0), end) for place, end in ends.items()]
        if at == list(ends.values()):
            return True
        if sum(at) != settled:
            settled, moved_at = sum(at), clock()
        if clock() - moved_at > STILL_S:
            return False
        await asyncio.sleep(POLL_INTERVAL_S)


async def _counted(
    reader: DeadLetterReader, arrivals: Arrivals, begin: OffsetRanges, expected: int
) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    reached = {partition: span.end for partition, span in begin.items()}
    for _ in range(LOOKS):
        for partition, (first, end) in (await reader.ranges()).items():
            start = max(first, reached.get(partition, 0))
            async for letters in reader.read(partition, OffsetRange(start, end)):
                counts.update(
                    each.reason
                    for each in letters
                    if arrivals.has(
                        Place(each.source.topic, each.source.partition), each.source.offset
                    )
                )
            reached[partition] = max(end, start)
        if counts.total() >= expected:
            break
        await asyncio.sleep(POLL_INTERVAL_S)
    return dict(counts)
