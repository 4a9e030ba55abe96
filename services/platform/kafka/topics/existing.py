"""Asks Kafka for its topics, their settings and its brokers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

NO_ERROR: Final = 0
OF_THE_TOPIC: Final = 1
"""Kafka's number for the source of a setting: somebody set it for this very topic."""


@dataclass(frozen=True, slots=True)
class ExistingTopic:
    """A topic as the broker has it."""

    name: str
    partitions: int
    usable: bool
    """Whether each partition has a leader."""
    replicas: int
    """Of the partition that the fewest brokers hold."""


@dataclass(frozen=True, slots=True)
class TopicSetting:
    """One setting of a topic."""

    value: str
    own: bool
    """Whether somebody set it for this topic; else it is the broker's."""


async def existing_topics(
    admin: AIOKafkaAdminClient, names: Iterable[str]
) -> dict[str, ExistingTopic]:
    """Return those of the named topics that exist.

    The request is for all topics: a request for a missing topic would create it.
    """
    wanted = frozenset(names)
    return {
        topic["topic"]: ExistingTopic(
            name=topic["topic"],
            partitions=len(topic["partitions"]),
            usable=all(
                part["error_code"] == NO_ERROR and part["leader"] >= 0
                for part in topic["partitions"]
            ),
            replicas=min((len(part["replicas"]) for part in topic["partitions"]), default=0),
        )
        for topic in await admin.describe_topics()
        if topic["topic"] in wanted and topic["error_code"] == NO_ERROR
    }


async def settings_of(
    admin: AIOKafkaAdminClient, names: Iterable[str]
) -> dict[str, Mapping[str, str]]:
    """Return the settings of each named topic; all topics must exist."""
    return {
        name: {key: each.value for key, each in settings.items()}
        for name, settings in (await topic_settings(admin, names)).items()
    }


async def topic_settings(
    admin: AIOKafkaAdminClient, names: Iterable[str]
) -> dict[str, Mapping[str, TopicSetting]]:
    """Return the settings of each named topic with their sources; all topics must exist."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answers = await admin.describe_configs(asked) if asked else []
    return {
        resource["resource_name"]: {
            entry["config_names"]: TopicSetting(
                entry["config_value"], entry.get("config_source") == OF_THE_TOPIC
            )
            for entry in resource["config_entries"]
        }
        for answer in answers
        for resource in answer.to_object()["resources"]
    }


async def broker_count(admin: AIOKafkaAdminClient) -> int:
    """Return how many brokers the cluster has at the moment."""
    return len((await admin.describe_cluster())["brokers"])
