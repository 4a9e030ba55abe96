"""What a subscriber finds in the topics: committed records only, from the first to the last."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from tests.waits import LONGEST_WAIT_S
from topology.batching.clock import CLOCK_KEY, decode_clock

POLL_S = 0.1


@asynccontextmanager
async def _reader(kafka: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def read_topic(kafka: str, topic: str, partitions: int) -> list[ConsumerRecord[bytes, bytes]]:
    """Every committed record of a topic, as of now."""
    tps = [TopicPartition(topic, number) for number in range(partitions)]
    records: list[ConsumerRecord[bytes, bytes]] = []
    async with _reader(kafka) as consumer:
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        await consumer.seek_to_beginning(*tps)
        while [tp for tp in tps if await consumer.position(tp) < ends[tp]]:
            for some in (await consumer.getmany(timeout_ms=200)).values():
                records.extend(some)
    return records


async def read_json(kafka: str, topic: str, partitions: int) -> list[dict[str, Any]]:
    """The values of every committed record of a topic."""
    return [json.loads(each.value or b"") for each in await read_topic(kafka, topic, partitions)]


async def read_rows(kafka: str, changelog: str, partitions: int) -> dict[bytes, bytes]:
    """The rows of the table, as a restore would find them."""
    rows: dict[bytes, bytes] = {}
    for record in await read_topic(kafka, changelog, partitions):
        if record.key != CLOCK_KEY and record.key and record.value:
            rows[record.key] = record.value
    return rows


async def wait_for_clock(
    kafka: str, changelog: str, partitions: int, until: int, check: Callable[[], None]
) -> None:
    """Wait until an instant has taken effect on every partition. `check` may end the waiting."""
    clocks = dict.fromkeys(range(partitions), 0)
    tps = [TopicPartition(changelog, number) for number in range(partitions)]
    async with _reader(kafka) as consumer, asyncio.timeout(LONGEST_WAIT_S):
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        while min(clocks.values()) < until:
            check()
            for tp, some in (await consumer.getmany(timeout_ms=200)).items():
                for record in some:
                    if record.key == CLOCK_KEY and record.value:
                        clocks[tp.partition] = decode_clock(record.value)
            await asyncio.sleep(POLL_S)
