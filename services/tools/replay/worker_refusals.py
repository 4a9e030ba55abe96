"""Finds out which messages of a replay the workers have refused.

That is known once the workers have processed the whole replay. If no worker runs, nobody waits.
"""

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.dead_letters.reader import (
    DeadLetterReader,
    OffsetRange,
    OffsetRanges,
    open_dead_letters,
)
from services.platform.faults import FaultError
from services.platform.kafka.clients import connected_admin
from topology.batching.security import OPEN, KafkaSecurity

STILL_S: Final = 5.0
"""The longest wait for a commit of the workers."""
POLL_INTERVAL_S: Final = 0.1
POLLS: Final = 10
"""How often to poll for missing letters: Kafka shows a commit before its records."""


class RecordMetadata(Protocol):
    """The part of aiokafka's RecordMetadata that is read here."""

    @property
    def topic(self) -> str:
        """Its topic."""

    @property
    def partition(self) -> int:
        """Its partition."""

    @property
    def offset(self) -> int:
        """Its offset."""


class SentOffsets:
    """The offsets of a replay's messages, by partition: as runs, which take little memory."""

    def __init__(self) -> None:
        self._runs: dict[TopicPartition, list[list[int]]] = {}

    def add(self, record: RecordMetadata) -> None:
        """Record a message. Those of a partition come in the order of their offsets."""
        runs = self._runs.setdefault(TopicPartition(record.topic, record.partition), [])
        if runs and runs[-1][1] == record.offset:
            runs[-1][1] += 1
        else:
            runs.append([record.offset, record.offset + 1])

    def has(self, place: TopicPartition, offset: int) -> bool:
        """Whether a message of the replay has this offset."""
        runs = self._runs.get(place, [])
        after = bisect_right(runs, offset, key=lambda run: run[0])
        return after > 0 and offset < runs[after - 1][1]

    def ends(self) -> Mapping[TopicPartition, int]:
        """The offset after the last message, by partition."""
        return {place: runs[-1][1] for place, runs in self._runs.items()}


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers of a group in the Kafka at `kafka`."""

    kafka: str
    group: str
    security: KafkaSecurity = OPEN


async def dead_letter_ends(workers: Workers) -> OffsetRanges:
    """Return the ends of the dead-letter topic, after which the letters of a replay come."""
    async with open_dead_letters(workers.kafka, workers.security) as reader:
        return {
            each: OffsetRange(range_.end, range_.end)
            for each, range_ in (await reader.ranges()).items()
        }


async def refused_by_workers(
    workers: Workers, sent_offsets: SentOffsets, begin: OffsetRanges, expected: int
) -> Mapping[str, int] | None:
    """Count the messages that the workers have refused, by reason; None if that is unknown.

    `begin` comes from `dead_letter_ends` before the replay. `expected` is the number of messages
    that should be refused.
    """
    try:
        async with connected_admin(workers.kafka, workers.security) as admin:
            if not await _at_work(admin, workers.group):
                return None
            if not await _processed(admin, workers.group, sent_offsets.ends()):
                return None
        async with open_dead_letters(workers.kafka, workers.security) as reader:
            return await _counted(reader, sent_offsets, begin, expected)
    except (FaultError, KafkaError, TimeoutError):
        return None


async def _at_work(admin: AIOKafkaAdminClient, group: str) -> bool:
    answers = await admin.describe_consumer_groups([group])
    return any(each["members"] for answer in answers for each in answer.to_object()["groups"])


async def _processed(
    admin: AIOKafkaAdminClient, group: str, ends: Mapping[TopicPartition, int]
) -> bool:
    """Wait until the group has committed all offsets before `ends`; False if it stands still."""
    clock = asyncio.get_running_loop().time
    settled, moved_at = -1, clock()
    while True:
        found = await admin.list_consumer_group_offsets(group)
        committed = {partition: at.offset for partition, at in found.items()}
        at = [min(committed.get(partition, 0), end) for partition, end in ends.items()]
        if at == list(ends.values()):
            return True
        if sum(at) != settled:
            settled, moved_at = sum(at), clock()
        if clock() - moved_at > STILL_S:
            return False
        await asyncio.sleep(POLL_INTERVAL_S)


async def _counted(
    reader: DeadLetterReader, sent_offsets: SentOffsets, begin: OffsetRanges, expected: int
) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    reached = {partition: range_.end for partition, range_ in begin.items()}
    for _ in range(POLLS):
        for partition, (first, end) in (await reader.ranges()).items():
            start = max(first, reached.get(partition, 0))
            async for letters in reader.read(partition, OffsetRange(start, end)):
                counts.update(
                    each.reason
                    for each in letters
                    if sent_offsets.has(
                        TopicPartition(each.source.topic, each.source.partition), each.source.offset
                    )
                )
            reached[partition] = max(end, start)
        if counts.total() >= expected:
            break
        await asyncio.sleep(POLL_INTERVAL_S)
    return dict(counts)
