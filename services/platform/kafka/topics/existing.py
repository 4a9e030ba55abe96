"""What there is in Kafka."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

NO_ERROR: Final = 0
OF_THE_TOPIC: Final = 1
"""Where a setting comes from, as Kafka says it: it was set for this very topic."""


@dataclass(frozen=True, slots=True)
class ExistingTopic:
    """A topic as the broker has it. It is usable once each partition has a leader.

    `replicas` is how many brokers hold the partition that the fewest hold.
    """

    name: str
    partitions: int
    usable: bool
    replicas: int


@dataclass(frozen=True, slots=True)
class TopicSetting:
    """One setting of a topic. `own`: somebody set it for this topic; else it is the broker's."""

    value: str
    own: bool


async def existing_topics(
    admin: AIOKafkaAdminClient, names: Iterable[str]
) -> dict[str, ExistingTopic]:
    """Return those of the named topics that exist. It asks for all topics, so it creates none."""
    wanted = frozenset(names)
    return {
        said["topic"]: ExistingTopic(
            name=said["topic"],
            partitions=len(said["partitions"]),
            usable=all(
                part["error_code"] == NO_ERROR and part["leader"] >= 0
                for part in said["partitions"]
            ),
            replicas=min((len(part["replicas"]) for part in said["partitions"]), default=0),
        )
        for said in await admin.describe_topics()
        if said["topic"] in wanted and said["error_code"] == NO_ERROR
    }


async def settings_of(
    admin: AIOKafkaAdminClient, names: Iterable[str]
) -> dict[str, Mapping[str, str]]:
    """Return the settings of each named topic. All of them must exist."""
    return {
        name: {key: each.value for key, each in settings.items()}
        for name, settings in (await topic_settings(admin, names)).items()
    }


async def topic_settings(
    admin: AIOKafkaAdminClient, names: Iterable[str]
) -> dict[str, Mapping[str, TopicSetting]]:
    """Return the settings of each named topic, and whose they are. All of them must exist."""
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
    """How many brokers the cluster has at the moment."""
    return len((await admin.describe_cluster())["brokers"])
