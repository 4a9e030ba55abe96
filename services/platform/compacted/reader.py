"""Reads a compacted topic to its end, and follows it from there."""

import asyncio
from collections.abc import Mapping
from typing import Final, NoReturn

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from structlog.typing import FilteringBoundLogger

from services.platform.compacted.view import View, take
from services.platform.faults import FaultError
from services.platform.kafka.clients import connected_admin, connected_consumer
from services.platform.kafka.topic_reader import next_records, positions, read_until
from services.platform.kafka.topics.existing import existing_topics
from services.platform.outage import Backoff, Outage
from topology.batching.security import KafkaSecurity

FETCH_WAIT_MS: Final = 100
LOOK_EVERY_S: Final = 0.5
"""How often Kafka is asked where the topic ends, which also tells whether it is there."""
LOOK_TIMEOUT_S: Final = 3.0
ROUND: Final = 1_000
LARGEST_FETCH: Final = 4 * 1024 * 1024


class TopicChangedError(Exception):
    """The topic was created anew, or has more partitions: read it from its beginning."""


class Reader:
    """Keeps a view in step with a topic, for ever."""

    def __init__(
        self,
        kafka: str,
        topic: str,
        view: View,
        *,
        security: KafkaSecurity,
        log: FilteringBoundLogger,
    ) -> None:
        self._kafka = kafka
        self._topic = topic
        self._view = view
        self._security = security
        self._outage = Outage(log.bind(topic=topic), "table")
        self.looked = asyncio.Event()
        """Set once the topic has been read, or could not be."""

    async def run(self) -> NoReturn:
        """Read and follow. Kafka away: it says so once, keeps the view, and tries again."""
        backoff = Backoff()
        while True:
            try:
                await self._live(backoff)
            except TopicChangedError:
                self._away("the topic has changed")
            except (FaultError, KafkaError, OSError, TimeoutError) as error:
                self._away(str(error) or type(error).__name__)
            await asyncio.sleep(backoff.pause_s())

    def _away(self, reason: str) -> None:
        self._outage.away(reason)
        self._view.stale_because = reason
        self.looked.set()

    def _here(self) -> None:
        self._outage.back()
        self._view.stale_because = None
        self.looked.set()

    async def _live(self, backoff: Backoff) -> None:
        partitions = await self._partitions()
        if not partitions:
            await self._without_topic()
            return
        async with connected_consumer(
            self._kafka,
            self._security,
            auto_offset_reset="none",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=LARGEST_FETCH,
            metadata_max_age_ms=30_000,
        ) as consumer:
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            self._view.replace(*await self._whole(consumer, partitions))
            self._here()
            backoff.reset()
            await self._follow(consumer, len(partitions))

    async def _partitions(self) -> list[TopicPartition]:
        async with connected_admin(self._kafka, self._security) as admin:
            found = (await existing_topics(admin, [self._topic])).get(self._topic)
        if found is None:
            return []
        if not found.usable:
            msg = f"no broker leads each partition of {self._topic} yet"
            raise FaultError(msg)
        return [TopicPartition(self._topic, number) for number in range(found.partitions)]

    async def _without_topic(self) -> None:
        """Nobody has created the topic yet: then it holds nothing."""
        if self._view.values:
            msg = f"the topic {self._topic} is gone"
            raise FaultError(msg)
        if self._view.values is None:
            self._view.replace({}, {})
        self._here()

    async def _whole(
        self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]
    ) -> tuple[Mapping[str, bytes], Mapping[TopicPartition, int]]:
        values: dict[str, bytes] = {}
        ends = await _ends(consumer, partitions)
        async for records in read_until(consumer, ends, wait_ms=FETCH_WAIT_MS, most=ROUND):
            if not records:
                await _ends(consumer, partitions)  # It raises if Kafka has gone.
            take(values, records)
        return values, await positions(consumer, partitions)

    async def _follow(self, consumer: AIOKafkaConsumer, partitions: int) -> NoReturn:
        places = list(consumer.assignment())
        clock = asyncio.get_running_loop().time
        looked_at = clock()
        while True:
            records = await next_records(consumer, FETCH_WAIT_MS, ROUND)
            reached = await positions(consumer, places)
            if reached != self._view.reached:
                self._view.apply(records, reached)
            if clock() - looked_at < LOOK_EVERY_S:
                continue
            ends = await _ends(consumer, places)
            if any(ends[each] < reached[each] for each in places) or (
                len(consumer.partitions_for_topic(self._topic) or ()) > partitions
            ):
                raise TopicChangedError
            looked_at = clock()


async def _ends(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition]
) -> Mapping[TopicPartition, int]:
    async with asyncio.timeout(LOOK_TIMEOUT_S):
        found: Mapping[TopicPartition, int] = await consumer.end_offsets(partitions)
    return found
