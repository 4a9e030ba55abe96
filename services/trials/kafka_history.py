"""The history that Kafka has: which records, up to which offsets, and how far the workers are."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, Literal, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError
from msgspec import Struct, json

from schemas import topics
from services.platform.faults import FaultError, KafkaUnreachableError
from services.platform.kafka.clients import close_client, new_consumer, start_client
from services.platform.kafka.topic_reader import partitions_of, read_until
from services.trials.proof import SentTrigger, SentTriggers
from services.trials.side import Place
from topology.agents.journey import CONSUMED
from topology.batching.offsets import fetch_offsets
from topology.batching.security import KafkaSecurity

TIMEOUT_S: Final = 20.0
"""How long Kafka may take for one answer."""
_WAIT_MS: Final = 100
_BATCH: Final = 1_000


class KafkaHistory(NamedTuple):
    """The records of a trial: from where they begin, up to fixed offsets."""

    first: Mapping[Place, int]
    end: Mapping[Place, int]
    processed: Mapping[Place, int]
    """Up to which offset the workers have processed each partition."""
    has_all: bool
    """True if Kafka has every record since the first one."""
    triggers: Mapping[int, tuple[int, int]]
    """The first and the end offset of the triggers, by partition."""

    @property
    def records(self) -> int:
        """How many records there are at most: some offsets hold none."""
        return sum(end - self.first[place] for place, end in self.end.items())


@asynccontextmanager
async def _connected(
    kafka: str, security: KafkaSecurity, group_id: str | None = None
) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = new_consumer(kafka, security, group_id=group_id, auto_offset_reset="none")
    try:
        await start_client(consumer)
    except KafkaConnectionError:
        raise KafkaUnreachableError(kafka) from None
    try:
        yield consumer
    except (KafkaError, TimeoutError) as error:
        raise FaultError(
            f"Kafka at {kafka} stopped answering ({type(error).__name__}): try again."
        ) from error
    finally:
        await close_client(consumer)


async def survey(
    kafka: str, security: KafkaSecurity, app_id: str, clock: Literal["wall", "topic"]
) -> KafkaHistory:
    """Find out which records Kafka has, and fix their ends.

    The order matters: what the workers have processed is in the triggers, and each trigger's cause
    is in the sources.

    Raises:
        FaultError: Kafka is away, a topic is missing, or there is no record.
    """
    wanted = (*CONSUMED, topics.CLOCK) if clock == "topic" else CONSUMED
    async with _connected(kafka, security, app_id) as consumer, asyncio.timeout(TIMEOUT_S):
        places = await partitions_of(consumer, (*wanted, topics.TRIGGERS))
        missing = [
            each for each in (*wanted, topics.TRIGGERS) if each not in {p.topic for p in places}
        ]
        if missing:
            raise FaultError(
                f"Kafka at {kafka} has no topic {', '.join(missing)}: start everything with "
                "`stammkunde up` first, and send events."
            )
        sources = [each for each in places if each.topic != topics.TRIGGERS]
        triggers = [each for each in places if each.topic == topics.TRIGGERS]
        committed = await fetch_offsets(consumer._coordinator, sources)  # noqa: SLF001 - nothing public asks for all
        trigger_ends = await consumer.end_offsets(triggers)
        ends = await consumer.end_offsets(sources)
        firsts = await consumer.beginning_offsets(places)
    if all(firsts[each] >= ends[each] for each in sources if each.topic in topics.SOURCES):
        raise FaultError(
            f"Kafka at {kafka} has no events, so there is nothing to try a policy on: send some "
            "first, such as with `stammkunde replay`."
        )
    return KafkaHistory(
        first={(each.topic, each.partition): firsts[each] for each in sources},
        end={(each.topic, each.partition): ends[each] for each in sources},
        processed={
            (each.topic, each.partition): committed[each].offset if each in committed else 0
            for each in sources
        },
        has_all=not any(firsts[each] for each in sources if each.topic != topics.JOINS),
        triggers={each.partition: (firsts[each], trigger_ends[each]) for each in triggers},
    )


class _Trigger(Struct, gc=False):
    """The part of a trigger that the proof needs."""

    trigger_id: str
    policy_version: str


async def sent_triggers(kafka: str, security: KafkaSecurity, history: KafkaHistory) -> SentTriggers:
    """Read the triggers that were really sent.

    Raises:
        FaultError: Kafka is away, or deletes them meanwhile.
    """
    decode = json.Decoder(_Trigger).decode
    found: list[SentTrigger] = []
    places = {
        TopicPartition(topics.TRIGGERS, number): range_
        for number, range_ in history.triggers.items()
        if range_[0] < range_[1]
    }
    if places:
        async with _connected(kafka, security) as consumer:
            consumer.assign(list(places))
            for place, (first, _) in places.items():
                consumer.seek(place, first)
            ends = {place: end for place, (_, end) in places.items()}
            reading = read_until(consumer, ends, wait_ms=_WAIT_MS, most=_BATCH, stall_s=TIMEOUT_S)
            async for records in reading:
                for record in records:
                    if record.offset < ends[TopicPartition(record.topic, record.partition)]:
                        trigger = decode(record.value)
                        written_at = record.timestamp * 1_000
                        found.append(
                            SentTrigger(trigger.trigger_id, written_at, trigger.policy_version)
                        )
    has_all = not any(first for first, _ in history.triggers.values())
    return SentTriggers(found, has_all)
