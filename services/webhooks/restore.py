"""Reads what is stored of a partition's progress."""

import asyncio
from collections.abc import Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.platform.kafka.close_client import close_client
from topology.batching.security import KafkaSecurity

TIMEOUT_S: Final = 60.0
WAIT_MS: Final = 500


async def read_compacted(
    kafka: str, security: KafkaSecurity, topic: str, partition: int
) -> Mapping[str, bytes]:
    """Return the last value of each key of one partition, as committed.

    Whoever else writes there must have been fenced before.

    Raises:
        KafkaError: Kafka is away.
        TimeoutError: it did not answer in time.
    """
    place = TopicPartition(topic, partition)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        group_id=None,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        **security.options(),
    )
    found: dict[str, bytes] = {}
    async with asyncio.timeout(TIMEOUT_S):
        try:
            await consumer.start()
            consumer.assign([place])
            end = (await consumer.end_offsets([place]))[place]
            while await consumer.position(place) < end:
                for record in (await consumer.getmany(timeout_ms=WAIT_MS)).get(place, ()):
                    key = (record.key or b"").decode()
                    if record.value is None:
                        found.pop(key, None)
                    else:
                        found[key] = record.value
        finally:
            await close_client(consumer)
    return found
