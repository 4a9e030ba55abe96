"""Finds out what came of an import: how many triggers were held, and how many were sent."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from msgspec import DecodeError
from msgspec.json import Decoder

from schemas import topics
from schemas.held import HeldStatus
from services.platform.kafka.clients import connected_consumer
from services.platform.kafka.topic_reader import partitions_of, read_until
from services.tools.replay.worker_refusals import Workers
from topology.domain.rules.emitted import NewHeldTrigger

FETCH_WAIT_MS: Final = 50
STALL_S: Final = 10.0
_HELD: Final = Decoder(NewHeldTrigger).decode

Ends = Mapping[TopicPartition, int]
"""The offset after the last record, by partition."""


class ImportOutcome(NamedTuple):
    """How many triggers came of all that the workers have taken since the import began."""

    held: int
    sent: int


async def output_ends(workers: Workers) -> Ends | None:
    """Return where the topics of triggers and held triggers end; None if nobody can tell."""
    try:
        async with _outputs(workers) as (consumer, places):
            ends: Ends = await consumer.end_offsets(places) if places else {}
            return ends
    except (KafkaError, TimeoutError):
        return None


async def outcome_since(workers: Workers, begin: Ends) -> ImportOutcome | None:
    """Count the committed triggers and held triggers after `begin`; None if nobody can tell."""
    try:
        async with _outputs(workers) as (consumer, places):
            if not places:
                return None
            ends = await consumer.end_offsets(places)
            consumer.assign(places)
            for place in places:
                consumer.seek(place, begin.get(place, 0))
            counts: Counter[str] = Counter()
            async for records in read_until(consumer, ends, wait_ms=FETCH_WAIT_MS, stall_s=STALL_S):
                counts.update(
                    each.topic
                    for each in records
                    if each.topic == topics.TRIGGERS or _is_held(each.value)
                )
            return ImportOutcome(held=counts[topics.HELD], sent=counts[topics.TRIGGERS])
    except (KafkaError, TimeoutError):
        return None


def _is_held(value: bytes | None) -> bool:
    """True for a new held trigger, and not a decision on one."""
    try:
        return _HELD(value or b"").status == HeldStatus.HELD
    except DecodeError:
        return False


@asynccontextmanager
async def _outputs(
    workers: Workers,
) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    async with connected_consumer(
        workers.kafka,
        workers.security,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_WAIT_MS,
    ) as consumer:
        yield consumer, await partitions_of(consumer, (topics.TRIGGERS, topics.HELD))
