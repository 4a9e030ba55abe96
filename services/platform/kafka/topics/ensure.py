"""Creates the topics that are missing."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError

from schemas.topics import Topic
from services.platform.faults import FaultError
from services.platform.kafka.clients import connected_admin
from services.platform.kafka.topics.bound import set_missing_bounds
from services.platform.kafka.topics.compare import agreed_partitions, refuse_expiry
from services.platform.kafka.topics.coordinators import coordinators_ready
from services.platform.kafka.topics.existing import (
    broker_count,
    existing_topics,
    settings_of,
    topic_settings,
)
from services.platform.kafka.topics.replication import replicas_for, settings_for
from topology.batching.security import OPEN, KafkaSecurity

MAX_MESSAGE_BYTES: Final = "max.message.bytes"
TIMEOUT_S: Final = 30.0
BETWEEN_LOOKS_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class TopicsReady:
    """All topics are there, with this many partitions each; `created` names the new ones.

    `max_message_bytes` is how large a record each topic takes, `brokers` how many there are at the
    moment, and `unbounded` names topics that Kafka did not let us set the bounds of.
    """

    partitions: int
    created: tuple[str, ...]
    max_message_bytes: Mapping[str, int]
    brokers: int = 1
    unbounded: tuple[str, ...] = ()


async def ensure_topics(
    kafka: str,
    catalogue: Sequence[Topic],
    partitions: int,
    security: KafkaSecurity = OPEN,
    groups: Sequence[str] = (),
) -> TopicsReady:
    """Create what is missing and wait until all of it can be used, and these groups be joined.

    Topics that exist decide the number of partitions; if there are none it is `partitions`. Of
    their settings only those are changed that bound how long a compacted topic keeps what was
    replaced, and only where nobody has set them.

    Raises:
        FaultError: Kafka is away, the existing topics disagree, rows would expire, or the broker
            refuses a topic.
    """
    names = [topic.name for topic in catalogue]
    async with connected_admin(kafka, security) as admin:
        existing = await existing_topics(admin, names)
        agreed = agreed_partitions(
            {name: topic.partitions for name, topic in existing.items()}, partitions
        )
        brokers = await broker_count(admin)
        found = await topic_settings(admin, existing)
        for topic in catalogue:
            refuse_expiry(
                topic, {name: each.value for name, each in found.get(topic.name, {}).items()}
            )
        unbounded = await set_missing_bounds(admin, catalogue, found)
        missing = [topic for topic in catalogue if topic.name not in existing]
        if missing:
            await _create(admin, missing, agreed, brokers)
            await _usable(admin, names)
        settings = await settings_of(admin, names)
        await coordinators_ready(admin, groups)
    sizes = {
        name: int(each[MAX_MESSAGE_BYTES])
        for name, each in settings.items()
        if MAX_MESSAGE_BYTES in each
    }
    created = tuple(topic.name for topic in missing)
    return TopicsReady(agreed, created, sizes, brokers, unbounded)


async def _create(
    admin: AIOKafkaAdminClient, missing: Sequence[Topic], partitions: int, brokers: int
) -> None:
    replicas, of_brokers = replicas_for(brokers), settings_for(brokers)
    wanted = [
        NewTopic(topic.name, partitions, replicas, None, {**topic.config(), **of_brokers})
        for topic in missing
    ]
    answer = await admin.create_topics(wanted)
    for name, code, message in answer.topic_errors:
        if code not in {0, TopicAlreadyExistsError.errno}:
            msg = f"Kafka refused to create the topic {name}: {message}"
            raise FaultError(msg)


async def _usable(admin: AIOKafkaAdminClient, names: Sequence[str]) -> None:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                found = await existing_topics(admin, names)
                if len(found) == len(names) and all(topic.usable for topic in found.values()):
                    return
                await asyncio.sleep(BETWEEN_LOOKS_S)
    except TimeoutError:
        msg = f"Kafka created the topics but they could not be used within {TIMEOUT_S:.0f} s."
        raise FaultError(msg) from None
