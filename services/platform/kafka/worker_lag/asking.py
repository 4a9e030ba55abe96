"""Asks Kafka what the workers' group has committed, and where the sources end."""

import asyncio
from collections.abc import Mapping
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from schemas import topics
from services.platform.kafka.clients import close_client, new_consumer, start_client
from services.platform.kafka.topic_reader import partitions_of
from topology.batching.offsets import fetch_offsets
from topology.batching.security import OPEN, KafkaSecurity

TIMEOUT_S: Final = 10.0
SOURCES: Final = (*topics.SOURCES, topics.JOINS)


class Progress(NamedTuple):
    """How far a partition is: the sum of what is committed, and how many offsets are left."""

    settled: int
    lag: int


class GroupLag:
    """A connection of its own to `kafka`: it joins no group, and fetches nothing."""

    def __init__(self, kafka: str, group: str, security: KafkaSecurity = OPEN) -> None:
        self._kafka = kafka
        self._group = group
        self._security = security
        self._consumer: AIOKafkaConsumer | None = None

    async def ask(self) -> Mapping[int, Progress] | None:
        """Return the progress of each partition, or None if Kafka can't say, or has no sources."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._ask(await self._connected())
        except (KafkaError, OSError, TimeoutError):
            return None

    async def close(self) -> None:
        """Let go of the connection."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await close_client(consumer)

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = new_consumer(
                self._kafka,
                self._security,
                group_id=self._group,  # To ask for its offsets: without topics nobody joins it.
                request_timeout_ms=int(TIMEOUT_S * 1000),
            )
            await start_client(consumer)
            self._consumer = consumer
        return self._consumer

    async def _ask(self, consumer: AIOKafkaConsumer) -> Mapping[int, Progress] | None:
        places = await partitions_of(consumer, SOURCES)
        if {place.topic for place in places} != set(SOURCES):
            return None
        committed = await fetch_offsets(consumer._coordinator, places)  # noqa: SLF001
        begins = await consumer.beginning_offsets([p for p in places if p not in committed])
        ends = await consumer.end_offsets(places)
        found: dict[int, Progress] = {}
        for place in places:
            at = committed[place].offset if place in committed else begins[place]
            known = found.get(place.partition, Progress(0, 0))
            found[place.partition] = Progress(
                known.settled + at, known.lag + max(0, ends[place] - at)
            )
        return found
