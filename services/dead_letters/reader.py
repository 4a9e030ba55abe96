"""Reads the dead-letter topic: bounded ranges of offsets, committed records only."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from schemas import topics
from services.dead_letters.dead_letter import DeadLetter, LetterId, letter_in
from services.platform.faults import FaultError, KafkaUnreachableError
from services.platform.kafka.clients import close_client, new_consumer
from services.platform.kafka.topic_reader import offsets_at, partitions_of, read_until
from topology.batching.aiokafka_workarounds import start_without_leak
from topology.batching.security import OPEN, KafkaSecurity

TIMEOUT_S: Final = 10.0
"""How long Kafka may take for one answer."""
FETCH_WAIT_MS: Final = 50
BATCH: Final = 500
"""The most letters that are returned at once."""


class OffsetRange(NamedTuple):
    """Offsets of one partition: from `first` (inclusive) to `end` (exclusive)."""

    first: int
    end: int


OffsetRanges = Mapping[int, OffsetRange]
"""By partition."""


class DeadLetterReader:
    """Reads with a connection of its own. A missing topic has no partitions."""

    def __init__(self, consumer: AIOKafkaConsumer, places: Sequence[TopicPartition]) -> None:
        self._consumer = consumer
        self._places = places

    async def ranges(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> OffsetRanges:
        """The offsets of the letters between two instants; without instants, of all letters."""
        if not self._places:
            return {}
        async with asyncio.timeout(TIMEOUT_S):
            begins = await self._consumer.beginning_offsets(self._places)
            ends = await self._consumer.end_offsets(self._places)
            firsts = await self._offsets_at(since, begins, ends)
            lasts = await self._offsets_at(until, ends, ends)
        return {
            each.partition: OffsetRange(min(firsts[each], lasts[each]), lasts[each])
            for each in self._places
        }

    async def read(self, partition: int, range_: OffsetRange) -> AsyncIterator[list[DeadLetter]]:
        """Yield the letters of a range, oldest first, as far as Kafka still has them.

        They come in batches, so that large letters don't fill the memory.
        """
        if range_.first >= range_.end:
            return
        place = TopicPartition(topics.DEAD_LETTERS, partition)
        self._consumer.assign([place])
        self._consumer.seek(place, range_.first)
        async for records in read_until(
            self._consumer,
            {place: range_.end},
            wait_ms=FETCH_WAIT_MS,
            most=BATCH,
            stall_s=TIMEOUT_S,
        ):
            letters = [letter_in(each) for each in records if each.offset < range_.end]
            if letters:
                yield letters

    async def read_one(self, letter_id: LetterId) -> DeadLetter | None:
        """Read one letter; None if Kafka does not have it."""
        range_ = (await self.ranges()).get(letter_id.partition)
        if range_ is None or not range_.first <= letter_id.offset < range_.end:
            return None
        only = OffsetRange(letter_id.offset, letter_id.offset + 1)
        found = [each async for some in self.read(letter_id.partition, only) for each in some]
        return found[0] if found else None

    async def oldest_first(self, ranges: OffsetRanges) -> AsyncIterator[list[DeadLetter]]:
        """Yield all letters of some ranges, in batches, one partition after the other."""
        for partition, range_ in sorted(ranges.items()):
            async for letters in self.read(partition, range_):
                yield letters

    async def _offsets_at(
        self,
        instant: datetime | None,
        without: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
    ) -> Mapping[TopicPartition, int]:
        """The offset of the first letter at `instant` or later, by partition."""
        if instant is None:
            return without
        return await offsets_at(self._consumer, self._places, instant, ends)


@asynccontextmanager
async def open_dead_letters(
    kafka: str, security: KafkaSecurity = OPEN
) -> AsyncIterator[DeadLetterReader]:
    """Connect to the brokers at `kafka`.

    Raises:
        KafkaUnreachableError: nothing answers there, or no longer.
        FaultError: Kafka refuses a request.
    """
    consumer = new_consumer(
        kafka, security, auto_offset_reset="earliest", fetch_max_wait_ms=FETCH_WAIT_MS
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await start_without_leak(consumer)
            places = await partitions_of(consumer, [topics.DEAD_LETTERS])
        yield DeadLetterReader(consumer, places)
    except (KafkaConnectionError, TimeoutError):
        raise KafkaUnreachableError(kafka) from None
    except KafkaError as error:
        msg = f"Kafka at {kafka} does not give the dead letters: {error}"
        raise FaultError(msg) from error
    finally:
        await close_client(consumer)
