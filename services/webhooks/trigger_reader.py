"""Reads one partition of the triggers for one lane, at the lane's own position."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.platform.kafka.close_client import close_client
from topology.batching.security import KafkaSecurity

FETCH_BYTES: Final = 256 * 1024
"""What may lie in memory for a lane that stands still, besides what it has open."""
FETCH_WAIT_MS: Final = 5_000
"""How long Kafka waits for something new: a lane that is quiet costs next to nothing."""
WAIT_MS: Final = 1_000
TIMEOUT_S: Final = 30.0


class TriggerReader:
    """One partition, from a position on."""

    def __init__(self, consumer: AIOKafkaConsumer, place: TopicPartition) -> None:
        self._consumer = consumer
        self._place = place

    async def first_since(self, moment: datetime) -> int:
        """Return the offset of the first record that Kafka took at `moment` or later."""
        end = await self.end()
        asked = {self._place: int(moment.timestamp() * 1000)}
        found = (await self._consumer.offsets_for_times(asked))[self._place]
        return end if found is None else int(found.offset)

    async def end(self) -> int:
        """Return the offset after the last record."""
        return int((await self._consumer.end_offsets([self._place]))[self._place])

    async def beginning(self) -> int:
        """Return the first offset that Kafka still has."""
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
        """Go on from there."""
        if not self._consumer.assignment():  # Not earlier: without a position it would complain.
            self._consumer.assign([self._place])
        self._consumer.seek(self._place, position)

    async def next(self, most: int) -> Sequence[ConsumerRecord]:
        """Return up to `most` records, none if none came for a while.

        Raises:
            OffsetOutOfRangeError: Kafka no longer has those that come next.
        """
        found = await self._consumer.getmany(timeout_ms=WAIT_MS, max_records=most)
        records: Sequence[ConsumerRecord] = found.get(self._place, ())
        return records


@asynccontextmanager
async def open_trigger_reader(
    kafka: str, security: KafkaSecurity, topic: str, partition: int
) -> AsyncIterator[TriggerReader]:
    """Connect; nothing is read before `seek`."""
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
        await consumer.start()
        yield TriggerReader(consumer, place)
    finally:
        await close_client(consumer)
