"""Erased: who was erased, by the tombstones that Kafka has."""

import asyncio
from typing import Final

import structlog

from schemas import topics
from services.archive.erased_people import Salted, Tombstones, read_tombstones
from services.platform.compacted.reader import apply_records
from services.platform.kafka.topic_reader import partitions_of, read_until
from services.trials.kafka_connection import connected
from topology.batching.security import KafkaSecurity

_WAIT_MS: Final = 100
_STALL_S: Final = 20.0


async def erased_people(kafka: str, security: KafkaSecurity, salt: bytes | None) -> Tombstones:
    """Read until when each erased name was erased.

    Raises:
        SaltNeededError: somebody was erased with another salt, so that nobody can tell who.
        FaultError: Kafka is away.
    """
    values: dict[str, bytes] = {}
    async with connected(kafka, security) as consumer:
        places = await partitions_of(consumer, [topics.ERASURES])
        consumer.assign(places)
        async with asyncio.timeout(_STALL_S):
            ends = await consumer.end_offsets(places)
            await consumer.seek_to_beginning(*places)
        async for records in read_until(consumer, ends, wait_ms=_WAIT_MS, stall_s=_STALL_S):
            apply_records(values, records)
    return read_tombstones(values, Salted(salt), structlog.get_logger())
