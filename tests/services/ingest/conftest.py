"""The API over real HTTP and a real Kafka, and what came of what a test sent."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from redis.asyncio import Redis

from schemas import topics
from schemas.topics import catalogue
from services.ingest.event_producer import NEEDED
from services.platform.kafka.topics.ensure import ensure_topics
from services.tools.local_stack import Addresses
from tests.services.projector.world import World, eventually
from topology.batching.aiokafka_workarounds import finish_connecting


@dataclass
class Written:
    """What has come to Kafka since the test began."""

    consumer: AIOKafkaConsumer
    places: list[TopicPartition]

    async def skip(self) -> None:
        """Pass over all that is there now."""
        await self.consumer.seek_to_end(*self.places)
        for place in self.places:
            await self.consumer.position(place)

    async def records(self) -> list[ConsumerRecord[bytes, bytes]]:
        """All that is there now and was not read yet, topic by topic."""
        found: list[ConsumerRecord[bytes, bytes]] = []
        ends = await self.consumer.end_offsets(self.places)
        while any([await self.consumer.position(place) < end for place, end in ends.items()]):
            for records in (await self.consumer.getmany(timeout_ms=50)).values():
                found.extend(records)
        return sorted(found, key=lambda each: (each.topic, each.partition, each.offset))

    async def messages(self) -> dict[str, list[dict[str, Any]]]:
        """The messages of each source, and the dead letters."""
        found: dict[str, list[dict[str, Any]]] = {}
        for each in await self.records():
            assert each.value is not None
            found.setdefault(each.topic, []).append(
                headers_of(each) | {"value": each.value}
                if each.topic == topics.DEAD_LETTERS
                else json.loads(each.value)
            )
        return found


def headers_of(record: ConsumerRecord[bytes, bytes]) -> dict[str, Any]:
    return {name: value.decode() for name, value in record.headers}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def consumer(stack: Addresses) -> AsyncIterator[Written]:
    """Reads what is new. All topics are there; other tests may have left something in them."""
    ready = await ensure_topics(stack.kafka, catalogue("ingest-test"), 8)
    places = [TopicPartition(topic, each) for topic in NEEDED for each in range(ready.partitions)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=stack.kafka, enable_auto_commit=False, fetch_max_wait_ms=20
    )
    await consumer.start()
    try:
        consumer.assign(places)
        yield Written(consumer, places)
    finally:
        await finish_connecting(consumer._client)
        await consumer.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def written(consumer: Written) -> Written:
    """Knows what has come since this test began."""
    await consumer.skip()
    return consumer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(stack: Addresses, consumer: Written) -> AsyncIterator[httpx.AsyncClient]:
    """The API, connected to Kafka."""
    async with (
        Redis.from_url(stack.redis) as redis,
        World(stack.kafka, stack.redis, redis).serving() as client,
    ):
        await until_up(client)
        yield client


async def until_up(api: httpx.AsyncClient) -> None:
    """Wait until Kafka acknowledges."""

    async def up() -> bool:
        return "stammkunde_ingest_kafka_up 1.0" in (await api.get("/metrics")).text

    await eventually(up, "the API is connected to Kafka")
