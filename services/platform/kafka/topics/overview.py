"""What is there of the catalogue, a line for each topic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.counted import counted
from schemas.topics import Topic
from services.platform.kafka.clients import connected_admin
from services.platform.kafka.topics.compare import differing_settings
from services.platform.kafka.topics.existing import existing_topics, settings_of
from topology.batching.security import OPEN, KafkaSecurity


@dataclass(frozen=True, slots=True)
class TopicLine:
    """One topic of the catalogue. It has no partitions if it is missing.

    `differs`: a setting of it is not as the catalogue has it.
    """

    name: str
    written_by: str
    partitions: int
    state: str
    differs: bool


async def overview(
    kafka: str, catalogue: Sequence[Topic], security: KafkaSecurity = OPEN
) -> list[TopicLine]:
    """Compare the catalogue with what Kafka has.

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
