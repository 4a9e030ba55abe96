"""What there is in Kafka."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

NO_ERROR: Final = 0


@dataclass(frozen=True, slots=True)
class ExistingTopic:
    """A topic as the broker has it. It is usable once each partition has a leader."""

    name: str
    partitions: int
    usable: bool


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
        )
        for said in await admin.describe_topics()
        if said["topic"] in wanted and said["error_code"] == NO_ERROR
    }


async def settings_of(
    admin: AIOKafkaAdminClient, names: Iterable[str]
) -> dict[str, Mapping[str, str]]:
    """Return the settings of each named topic. All of them must exist."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answers = await admin.describe_configs(asked) if asked else []
    return {
        resource["resource_name"]: {
            entry["config_names"]: entry["config_value"] for entry in resource["config_entries"]
        }
        for answer in answers
        for resource in answer.to_object()["resources"]
    }
