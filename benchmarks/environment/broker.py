"""The broker's side of a benchmark: topics, and the records in them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import islice

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import murmur2
from aiokafka.structs import OffsetAndMetadata

from schemas.topics import JOINS, SHOP_EVENTS, SOURCES, Topic, catalogue
from services.platform.kafka.topics.ensure import ensure_topics

SMALL_JOB_OUTPUTS = Topic(
    "bench.outputs.v1", "the small job", "customer id", "a milestone, JSON", retention_days=1
)
"""What every contestant but the worker writes to."""

_CHUNK = 20_000

KeyValue = tuple[bytes, bytes]


async def create_topics(kafka: str, app_id: str, partitions: int) -> None:
    """Create the topics that all contestants share, and those of the worker `app_id`."""
    await ensure_topics(kafka, (*catalogue(app_id), SMALL_JOB_OUTPUTS), partitions)


async def fill(kafka: str, events: Iterable[KeyValue], partitions: int) -> None:
    """Write events to the shop's topic."""
    async with bulk_producer(kafka) as producer:
        await write(producer, SHOP_EVENTS, events, partitions)


@asynccontextmanager
async def bulk_producer(
    kafka: str, compression: str | None = "lz4"
) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that writes large batches."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, max_batch_size=900_000, compression_type=compression, acks=1
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def write(
    producer: AIOKafkaProducer, topic: str, records: Iterable[KeyValue], partitions: int
) -> None:
    """Write many records, each where Kafka's standard partitioner puts it."""
    homes: dict[bytes, int] = {}
    stream: Iterator[KeyValue] = iter(records)
    while chunk := list(islice(stream, _CHUNK)):
        by_partition: dict[int, list[KeyValue]] = {}
        for key, value in chunk:
            home = homes.get(key)
            if home is None:
                home = homes[key] = partition_of(key, partitions)
            by_partition.setdefault(home, []).append((key, value))
        under_way = await asyncio.gather(
            *(send(producer, topic, home, some) for home, some in by_partition.items())
        )
        for sent in under_way:
            await asyncio.gather(*sent)


async def is_empty(kafka: str, topic: str) -> bool:
    """Whether nothing was ever written to a topic."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
    finally:
        await consumer.stop()
    return not any(ends.values())


async def commit_beginning(kafka: str, app_id: str, partitions: int) -> None:
    """Commit the beginning of all sources, as the worker that wrote the rows would have.

    A worker that finds rows without committed offsets refuses to go on.
    """
    beginning = {
        TopicPartition(topic, partition): OffsetAndMetadata(0, "")
        for topic in (*SOURCES, JOINS)
        for partition in range(partitions)
    }
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=app_id)
    await consumer.start()
    try:
        consumer.assign(list(beginning))
        await consumer.commit(beginning)
    finally:
        await consumer.stop()


def partition_of(key: bytes, partitions: int) -> int:
    """Where Kafka's standard partitioner puts a key."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


async def send(
    producer: AIOKafkaProducer, topic: str, partition: int, some: list[KeyValue]
) -> list[asyncio.Future[object]]:
    """Hand records of one partition to the producer, in as few batches as they fit into.

    Returns:
        A future for each batch, done once the broker has it.
    """
    sent = []
    builder = producer.create_batch()
    for key, value in some:
        if builder.append(timestamp=None, key=key, value=value) is None:
            sent.append(await producer.send_batch(builder, topic, partition=partition))
            builder = producer.create_batch()
            builder.append(timestamp=None, key=key, value=value)
    sent.append(await producer.send_batch(builder, topic, partition=partition))
    return sent
