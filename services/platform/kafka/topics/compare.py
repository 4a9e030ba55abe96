"""Compares the catalogue of topics with the topics that exist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.counted import counted
from schemas.topics import Topic
from services.platform.faults import FaultError
from services.platform.kafka.clients import connected_admin
from services.platform.kafka.topics.existing import existing_topics, settings_of
from topology.batching.security import OPEN, KafkaSecurity

COMPACT: Final = "compact"


def agreed_partitions(existing: Mapping[str, int], wanted: int) -> int:
    """Return the number of partitions that the topics have, or `wanted` without any topic.

    Raises:
        FaultError: the numbers differ, so that one customer's events would not meet in one
            partition.
    """
    numbers = set(existing.values())
    if len(numbers) > 1:
        found = ", ".join(f"{name} has {number}" for name, number in sorted(existing.items()))
        msg = (
            "The topics must all have the same number of partitions, but they do not: "
            f"{found}. Delete those that differ and run `stammkunde topics create`."
        )
        raise FaultError(msg)
    return numbers.pop() if numbers else wanted


def refuse_expiry(topic: Topic, found: Mapping[str, str]) -> None:
    """Refuse a topic whose records would expire, but must not.

    Raises:
        FaultError: its text says how to change the topic.
    """
    policy = found.get("cleanup.policy", COMPACT)
    if topic.retention_days is None and policy != COMPACT:
        msg = (
            f"The topic {topic.name} has cleanup.policy={policy}, so that the records of quiet "
            f"customers would expire. Run: kafka-configs.sh --bootstrap-server … --alter --topic "
            f"{topic.name} --add-config cleanup.policy={COMPACT}"
        )
        raise FaultError(msg)


def differing_settings(topic: Topic, found: Mapping[str, str]) -> Sequence[str]:
    """Describe each setting of an existing topic that differs from the catalogue."""
    return [
        f"{name} is {found.get(name)}, should be {value}"
        for name, value in topic.config().items()
        if found.get(name) != value
    ]


@dataclass(frozen=True, slots=True)
class TopicLine:
    """One topic of the catalogue, as an overview lists it."""

    name: str
    written_by: str
    partitions: int
    """0 if the topic is missing."""
    state: str
    differs: bool
    """Whether a setting differs from the catalogue."""


async def overview(
    kafka: str, catalogue: Sequence[Topic], security: KafkaSecurity = OPEN
) -> list[TopicLine]:
    """Compare the catalogue with the topics in Kafka, a line for each topic.

    Raises:
        KafkaUnreachableError: nothing answers there.
    """
    async with connected_admin(kafka, security) as admin:
        existing = await existing_topics(admin, [topic.name for topic in catalogue])
        settings = await settings_of(admin, existing)
    return [
        _line(topic, existing[topic.name].partitions, settings[topic.name])
        if topic.name in existing
        else TopicLine(topic.name, topic.owner, 0, "missing", differs=False)
        for topic in catalogue
    ]


def _line(topic: Topic, partitions: int, found: Mapping[str, str]) -> TopicLine:
    wrong = differing_settings(topic, found)
    state = "; ".join((counted(partitions, "partition"), *wrong))
    return TopicLine(topic.name, topic.owner, partitions, state, differs=bool(wrong))
