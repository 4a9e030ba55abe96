"""The topic of the audit trail in a real Kafka, and what is new in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.audit import AuditRecord
from schemas.topics import ACCESS_AUDIT, catalogue
from services.platform.kafka.topics.ensure import ensure_topics
from services.tools.local_stack import Addresses
from tests.waits import LONGEST_WAIT_S
from topology.batching.aiokafka_workarounds import finish_connecting


class Trail:
    """What has come to the topic since it was last read."""

    def __init__(self, consumer: AIOKafkaConsumer, kafka: str) -> None:
        self._consumer = consumer
        self.kafka = kafka

    async def next(self, count: int, *, of_apis: bool = False) -> list[AuditRecord]:
        """So many records more, in their order, as the actor's partition has them.

        Either those of APIs that start, which other tests may leave behind, or all others.
        """
        found: list[AuditRecord] = []
        async with asyncio.timeout(LONGEST_WAIT_S):
            while len(found) < count:
                record = await self._consumer.getone()
                content = AuditRecord.model_validate_json(record.value or b"")
                assert record.key == content.actor.encode()
                if (content.actor == "api") == of_apis:
                    found.append(content)
        return found


@asynccontextmanager
async def reading(
    kafka: str, partitions: int, *, from_beginning: bool = False
) -> AsyncIterator[Trail]:
    """Read what comes from now on, or all of it. The topic is there."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, fetch_max_wait_ms=20)
    await consumer.start()
    try:
        places = [TopicPartition(ACCESS_AUDIT, each) for each in range(partitions)]
        consumer.assign(places)
        if from_beginning:
            await consumer.seek_to_beginning(*places)
        else:
            await consumer.seek_to_end(*places)
        for place in places:
            await consumer.position(place)
        yield Trail(consumer, kafka)
    finally:
        await finish_connecting(consumer._client)
        await consumer.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trail(stack: Addresses) -> AsyncIterator[Trail]:
    """Knows what has come since these tests began."""
    ready = await ensure_topics(stack.kafka, catalogue("audit-test"), 8)
    async with reading(stack.kafka, ready.partitions) as found:
        yield found
