"""Reads on in topics from where it stopped, as a subscriber does: read_committed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

AGAIN_AFTER_S: Final = 0.2

Record: TypeAlias = ConsumerRecord[Any, Any]


class Tail:
    """Some topics, and how far they have been read. It outlives the broker."""

    def __init__(
        self, kafka: str, topics: Sequence[str], partitions: int, *, committed: bool = True
    ) -> None:
        self._kafka = kafka
        self._isolation = "read_committed" if committed else "read_uncommitted"
        self._reached = {
            TopicPartition(topic, number): 0 for topic in topics for number in range(partitions)
        }

    @asynccontextmanager
    async def following(self) -> AsyncIterator["Follower"]:
        """Read on, for as long as the block lasts."""
        consumer = await _connected(self._kafka, self._isolation)
        try:
            consumer.assign(list(self._reached))
            for place, offset in self._reached.items():
                consumer.seek(place, offset)
            yield Follower(consumer, self._reached)
        finally:
            await consumer.stop()

    async def rest(self) -> list[Record]:
        """All that is there now and has not been read."""
        records: list[Record] = []
        async with self.following() as follower:
            ends = await follower.ends()
            while any(self._reached[place] < end for place, end in ends.items()):
                records += await follower.next()
                await follower.step_over_markers()
        return records


async def _connected(kafka: str, isolation: str) -> AIOKafkaConsumer:
    """A consumer without a group, once the broker is there."""
    while True:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka,
            isolation_level=isolation,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        try:
            await consumer.start()
        except KafkaError:
            await consumer.stop()
            await asyncio.sleep(AGAIN_AFTER_S)
        else:
            return consumer


class Follower:
    """A consumer at work on a tail."""

    def __init__(self, consumer: AIOKafkaConsumer, reached: dict[TopicPartition, int]) -> None:
        self._consumer = consumer
        self._reached = reached

    async def next(self) -> list[Record]:
        """What has come, after a fifth of a second at the latest."""
        found: list[Record] = []
        for place, records in (await self._consumer.getmany(timeout_ms=200)).items():
            found += records
            self._reached[place] = records[-1].offset + 1
        return found

    async def ends(self) -> dict[TopicPartition, int]:
        """Where each partition ends now, the last transaction that is open left out."""
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(list(self._reached))
        return ends

    async def step_over_markers(self) -> None:
        """Count the markers of transactions as read, where the consumer has passed them."""
        for place in self._reached:
            self._reached[place] = await self._consumer.position(place)
