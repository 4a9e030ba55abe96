"""Reads one partition of the triggers for one queue, at that queue's own position."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.platform.kafka.close_client import close_client
from topology.batching.aiokafka_workarounds import start_wholly
from topology.batching.security import KafkaSecurity

FETCH_BYTES: Final = 256 * 1024
"""The most that a full queue keeps in memory besides its open triggers."""
FETCH_WAIT_MS: Final = 5_000
"""How long Kafka waits for a new record, so that an idle queue costs next to nothing."""
WAIT_MS: Final = 1_000
TIMEOUT_S: Final = 30.0


class TriggerReader:
    """Reads one partition from a position on."""

    def __init__(self, consumer: AIOKafkaConsumer, place: TopicPartition) -> None:
        self._consumer = consumer
        self._place = place

    async def first_since(self, at: datetime) -> int:
        """Return the offset of the first record that Kafka took at this time or later."""
        end = await self.end()
        asked = {self._place: int(at.timestamp() * 1000)}
        found = (await self._consumer.offsets_for_times(asked))[self._place]
        return end if found is None else int(found.offset)

    async def end(self) -> int:
        """Return the offset after the last record."""
        return int((await self._consumer.end_offsets([self._place]))[self._place])

    async def beginning(self) -> int:
        """Return the offset of the first record that Kafka still has."""
        found = await self._consumer.beginning_offsets([self._place])
        return int(found[self._place])

    async def read_at(self, offsets: Collection[int]) -> Mapping[int, ConsumerRecord]:
        """Return the records at these offsets, without those that Kafka no longer has."""
        beginning = await self.beginning()
        found: dict[int, ConsumerRecord] = {}
        async with asyncio.timeout(TIMEOUT_S):
            for offset in sorted(each for each in offsets if each >= beginning):
                self.seek(offset)
                while not (records := await self.next(1)):
                    pass
                if records[0].offset == offset:
                    found[offset] = records[0]
        return found

    def seek(self, position: int) -> None:
        """Continue from this position."""
        if not self._consumer.assignment():  # Assigned earlier, it would fail for want of one.
            self._consumer.assign([self._place])
        self._consumer.seek(self._place, position)

    async def next(self, most: int) -> Sequence[ConsumerRecord]:
        """Return up to `most` records, or none if none came for a while.

        Raises:
            OffsetOutOfRangeError: Kafka no longer has the next records.
        """
        found = await self._consumer.getmany(timeout_ms=WAIT_MS, max_records=most)
        records: Sequence[ConsumerRecord] = found.get(self._place, ())
        return records


@asynccontextmanager
async def open_trigger_reader(
    kafka: str, security: KafkaSecurity, topic: str, partition: int
) -> AsyncIterator[TriggerReader]:
    """Connect. The reader reads nothing before `seek`."""
    place = TopicPartition(topic, partition)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        group_id=None,
        isolation_level="read_committed",
        auto_offset_reset="none",
        enable_auto_commit=False,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        max_partition_fetch_bytes=FETCH_BYTES,
        **security.options(),
    )
    try:
        await start_wholly(consumer)
        yield TriggerReader(consumer, place)
    finally:
        await close_client(consumer)
