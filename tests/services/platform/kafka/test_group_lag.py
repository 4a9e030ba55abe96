"""Asking a real Kafka how far a group is: nothing joins, nothing is read."""

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas import topics
from schemas.topics import catalogue
from services.platform.kafka.clients import close_client
from services.platform.kafka.topics.ensure import ensure_topics
from services.platform.kafka.worker_lag import SOURCES, GroupLag
from services.tools.local_stack import Addresses

GROUP = "lag-test"
PLACE = TopicPartition(topics.SHOP_EVENTS, 1)


async def commit(kafka: str, offset: int) -> None:
    """Let the group have come to an offset in each source's partition 1, as a worker does."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=GROUP, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(topic, PLACE.partition) for topic in SOURCES]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await consumer.commit(ends | {PLACE: offset})
    finally:
        await close_client(consumer)


async def send(kafka: str, records: int) -> int:
    """Send records to the place, and return where it ends."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        for _ in range(records - 1):
            await producer.send_and_wait(PLACE.topic, b"{}", partition=PLACE.partition)
        sent = await producer.send_and_wait(PLACE.topic, b"{}", partition=PLACE.partition)
    finally:
        await close_client(producer)
    return int(sent.offset) + 1


async def test_the_lag_is_what_the_group_has_not_committed(stack: Addresses) -> None:
    """Of a partition that it never had, all that is there."""
    ready = await ensure_topics(stack.kafka, catalogue(GROUP), 3)
    lag = GroupLag(stack.kafka, GROUP)
    try:
        end = await send(stack.kafka, 5)
        before = await lag.ask()
        assert before is not None
        assert before.keys() == set(range(ready.partitions))
        assert before[PLACE.partition].lag >= 5

        await commit(stack.kafka, end - 2)
        after = await lag.ask()
        await commit(stack.kafka, end)
        last = await lag.ask()
    finally:
        await lag.close()
    assert after is not None
    assert last is not None
    assert (after[PLACE.partition].lag, last[PLACE.partition].lag) == (2, 0)
    assert last[PLACE.partition].settled == after[PLACE.partition].settled + 2
    assert {n: each for n, each in last.items() if n != PLACE.partition} == {
        n: each for n, each in before.items() if n != PLACE.partition
    }


async def test_a_kafka_that_is_away_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is asked again the next time."""
    monkeypatch.setattr("services.platform.kafka.worker_lag.TIMEOUT_S", 0.5)
    lag = GroupLag("127.0.0.1:1", GROUP)
    assert await lag.ask() is None
    assert await lag.ask() is None
    await lag.close()
