"""Makes sure that all topics exist, can be used, and remove replaced records in time."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    TopicAlreadyExistsError,
)

from schemas.topics import Topic
from services.platform.faults import FaultError
from services.platform.kafka.clients import connected_admin
from services.platform.kafka.topics.compare import agreed_partitions, refuse_expiry
from services.platform.kafka.topics.existing import (
    NO_ERROR,
    TopicSetting,
    broker_count,
    existing_topics,
    settings_of,
    topic_settings,
)
from services.platform.kafka.topics.replication import replicas_for, settings_for
from topology.batching.security import OPEN, KafkaSecurity

MAX_MESSAGE_BYTES: Final = "max.message.bytes"
USABLE_S: Final = 30.0
"""How long new topics may take until each of their partitions has a leader."""
COORDINATED_S: Final = 30.0
"""How long Kafka may take until it can coordinate a group."""
POLL_S: Final = 0.05

Settings = Mapping[str, TopicSetting]


@dataclass(frozen=True, slots=True)
class TopicsReady:
    """All topics exist and can be used."""

    partitions: int
    """Of each topic."""
    created: tuple[str, ...]
    """The names of the new topics."""
    max_message_bytes: Mapping[str, int]
    """The size of the largest record that each topic takes."""
    brokers: int = 1
    """How many the cluster has at the moment."""
    unbounded: tuple[str, ...] = ()
    """The topics whose bounds Kafka did not let us set."""


async def ensure_topics(
    kafka: str,
    catalogue: Sequence[Topic],
    partitions: int,
    security: KafkaSecurity = OPEN,
    groups: Sequence[str] = (),
) -> TopicsReady:
    """Create the missing topics, then wait until all can be used and the groups can be joined.

    The existing topics decide the number of partitions; without any it is `partitions`. Of their
    settings this changes only those that bound how long a compacted topic keeps replaced records,
    and only where nobody has set them.

    Raises:
        FaultError: Kafka is away, the existing topics have different numbers of partitions, rows
            would expire, or the broker refuses a topic.
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
        async with asyncio.timeout(USABLE_S):
            while True:
                found = await existing_topics(admin, names)
                if len(found) == len(names) and all(topic.usable for topic in found.values()):
                    return
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        msg = f"Kafka created the topics but they could not be used within {USABLE_S:.0f} s."
        raise FaultError(msg) from None


def missing_bounds(topic: Topic, found: Settings) -> dict[str, str]:
    """Return the bounds of a topic that nobody has set for it: pure.

    A setting that somebody has chosen stays; `stammkunde doctor` reports one that differs.
    """
    return {name: value for name, value in topic.bounds().items() if not _is_own(found.get(name))}


async def set_missing_bounds(
    admin: AIOKafkaAdminClient, catalogue: Sequence[Topic], settings: Mapping[str, Settings]
) -> tuple[str, ...]:
    """Set the missing bounds, and return the topics for which Kafka refused them.

    The request replaces all settings of a topic, so it repeats those that somebody has chosen.
    """
    wanted = {
        topic.name: bounds
        for topic in catalogue
        if topic.name in settings and (bounds := missing_bounds(topic, settings[topic.name]))
    }
    if not wanted:
        return ()
    answers = await admin.alter_configs(
        [
            ConfigResource(ConfigResourceType.TOPIC, name, {**_own(settings[name]), **bounds})
            for name, bounds in wanted.items()
        ]
    )
    return tuple(
        resource["resource_name"]
        for answer in answers
        for resource in answer.to_object()["resources"]
        if resource["error_code"] != NO_ERROR
    )


def _own(found: Settings) -> dict[str, str]:
    return {name: each.value for name, each in found.items() if each.own}


def _is_own(setting: TopicSetting | None) -> bool:
    return setting is not None and setting.own


async def coordinators_ready(admin: AIOKafkaAdminClient, groups: Iterable[str]) -> None:
    """Return once each group has a coordinator, or after a while without one.

    A new Kafka creates the topic of its groups when somebody first asks for a coordinator, and
    answers until then that there is none. aiokafka would ask again, but log an error each time.
    Any other error of a group is for its members: this returns.

    Raises:
        KafkaConnectionError, NodeNotReadyError: Kafka has gone.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(COORDINATED_S):
            for group in groups:
                while await _has_none_yet(admin, group):
                    await asyncio.sleep(POLL_S)


async def _has_none_yet(admin: AIOKafkaAdminClient, group: str) -> bool:
    try:
        await admin.find_coordinator(group)
    except (KafkaConnectionError, NodeNotReadyError):
        raise
    except KafkaError as error:
        return bool(error.retriable)
    return False
