"""Reads partitions from any offset up to their ends, by a consumer that was assigned to them.

The consumer's position says whether it has reached an end, and not the last record: the last
offsets of a partition may belong to the marker of a transaction, to an aborted transaction, or to
records that compaction has removed.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from datetime import datetime
from math import inf

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition


async def partitions_of(consumer: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    """Return all partitions of these topics; a topic that does not exist has none.

    Ask this first where a topic may be missing: aiokafka asks for its ends for ever.
    """
    cluster = await consumer._client.fetch_all_metadata()  # noqa: SLF001 - nothing public asks once
    return [
        TopicPartition(topic, number)
        for topic in topics
        for number in sorted(cluster.partitions_for_topic(topic) or ())
    ]


async def positions(
    consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]
) -> dict[TopicPartition, int]:
    """Return the offset that the consumer reads next, by partition."""
    return {each: await consumer.position(each) for each in partitions}


async def offsets_at(
    consumer: AIOKafkaConsumer,
    partitions: Collection[TopicPartition],
    instant: datetime,
    ends: Mapping[TopicPartition, int],
) -> dict[TopicPartition, int]:
    """Return the offset of the first record at an instant or later, by partition; else its end."""
    at_ms = max(0, int(instant.timestamp() * 1000))
    found = await consumer.offsets_for_times(dict.fromkeys(partitions, at_ms))
    return {
        place: ends[place] if there is None else min(there.offset, ends[place])
        for place, there in found.items()
    }


async def next_records(
    consumer: AIOKafkaConsumer, wait_ms: int, most: int | None = None
) -> list[ConsumerRecord]:
    """Return the next records of all partitions, or none if none came within `wait_ms`."""
    found = await consumer.getmany(timeout_ms=wait_ms, max_records=most)
    return [record for records in found.values() for record in records]


async def read_until(
    consumer: AIOKafkaConsumer,
    ends: Mapping[TopicPartition, int],
    *,
    wait_ms: int,
    most: int | None = None,
    stall_s: float = inf,
) -> AsyncIterator[list[ConsumerRecord]]:
    """Read the consumer's partitions from where it stands until it has reached these ends.

    Args:
        consumer: it was assigned to exactly these partitions.
        ends: the offsets to reach, by partition. Records after them may come, too.
        wait_ms: how long each fetch may wait for records.
        most: how many records may come at once.
        stall_s: how long Kafka may give no record.

    Yields:
        The records of each fetch; none if none came.

    Raises:
        KafkaError: Kafka refuses a fetch, or no longer has the next records.
        TimeoutError: no record came for `stall_s` seconds.
    """
    clock = asyncio.get_running_loop().time
    came_at = clock()
    while not _has_reached(await positions(consumer, ends.keys()), ends):
        records = await next_records(consumer, wait_ms, most)
        if not records and clock() - came_at > stall_s:
            raise TimeoutError
        yield records
        if records:
            came_at = clock()


def _has_reached(reached: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]) -> bool:
    return all(reached[place] >= end for place, end in ends.items())
