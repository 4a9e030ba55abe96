"""The broker's side of a benchmark: topics, and the orders in them."""

import asyncio
from itertools import islice

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from benchmarks.load import Load, orders
from schemas.topics import SHOP_EVENTS, catalogue
from services.kafka_topics.ensure import ensure_topics

_CHUNK = 20_000


async def reset(kafka: str, partitions: int) -> None:
    """Create the topics that all contestants share."""
    await ensure_topics(kafka, catalogue("bench"), partitions)


async def fill(kafka: str, load: Load, partitions: int) -> None:
    """Write the orders to the shop's topic, by Kafka's standard partitioner."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, max_batch_size=900_000, compression_type="lz4", acks=1
    )
    await producer.start()
    try:
        stream = orders(load)
        while chunk := list(islice(stream, _CHUNK)):
            by_partition: dict[int, list[tuple[bytes, bytes]]] = {}
            for key, value in chunk:
                partition = (murmur2(key) & 0x7FFFFFFF) % partitions
                by_partition.setdefault(partition, []).append((key, value))
            await asyncio.gather(
                *(_send(producer, partition, some) for partition, some in by_partition.items())
            )
    finally:
        await producer.stop()


async def _send(
    producer: AIOKafkaProducer, partition: int, some: list[tuple[bytes, bytes]]
) -> None:
    sent = []
    builder = producer.create_batch()
    for key, value in some:
        if builder.append(timestamp=None, key=key, value=value) is None:
            sent.append(await producer.send_batch(builder, SHOP_EVENTS, partition=partition))
            builder = producer.create_batch()
            builder.append(timestamp=None, key=key, value=value)
    sent.append(await producer.send_batch(builder, SHOP_EVENTS, partition=partition))
    await asyncio.gather(*sent)
