"""The history that Kafka has: which records, up to which offsets, and how far the workers are."""

import asyncio
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from schemas import topics
from services.platform.faults import FaultError
from services.platform.kafka.topic_reader import partitions_of
from services.trials.kafka_connection import connected
from services.trials.side import Place
from topology.agents.journey import CONSUMED
from topology.batching.offsets import fetch_offsets
from topology.batching.security import KafkaSecurity

TIMEOUT_S: Final = 20.0
"""How long Kafka may take for one answer."""


class KafkaHistory(NamedTuple):
    """The records that Kafka has: from where they begin, up to fixed offsets."""

    first: Mapping[Place, int]
    end: Mapping[Place, int]
    processed: Mapping[Place, int]
    """Up to which offset the workers have processed each partition of the sources."""

    @property
    def sources(self) -> list[Place]:
        """The partitions of all that the workers read."""
        return [each for each in self.end if each[0] != topics.TRIGGERS]

    @property
    def triggers(self) -> list[Place]:
        """The partitions of the triggers."""
        return [each for each in self.end if each[0] == topics.TRIGGERS]

    @property
    def has_all(self) -> bool:
        """True if there is every record of the sources since the first one."""
        return not any(self.first[each] for each in self.sources if each[0] != topics.JOINS)


async def survey(
    kafka: str, security: KafkaSecurity, app_id: str, clock: Literal["wall", "topic"]
) -> KafkaHistory:
    """Find out which records Kafka has, and fix their ends.

    The order matters: what the workers have processed is in the triggers, and each trigger's cause
    is in the sources.

    Raises:
        FaultError: Kafka is away, or a topic is missing.
    """
    wanted = (*CONSUMED, topics.CLOCK) if clock == "topic" else CONSUMED
    async with connected(kafka, security, app_id) as consumer, asyncio.timeout(TIMEOUT_S):
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
        source_ends = await consumer.end_offsets(sources)
        firsts = await consumer.beginning_offsets(places)
    ends = {**trigger_ends, **source_ends}
    return KafkaHistory(
        first={(each.topic, each.partition): firsts[each] for each in places},
        end={(each.topic, each.partition): ends[each] for each in places},
        processed={
            (each.topic, each.partition): committed[each].offset if each in committed else 0
            for each in sources
        },
    )
