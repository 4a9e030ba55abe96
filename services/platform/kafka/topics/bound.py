"""Sees that what was replaced in a compacted topic is removed in time, also in an older topic."""

from collections.abc import Mapping, Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas.topics import Topic
from services.platform.kafka.topics.existing import NO_ERROR, TopicSetting

Settings = Mapping[str, TopicSetting]


def missing_bounds(topic: Topic, found: Settings) -> dict[str, str]:
    """Return the bounds of a topic that nobody has set for it: pure.

    What somebody has set on purpose is theirs; `stammkunde doctor` says if it differs.
    """
    return {name: value for name, value in topic.bounds().items() if not _is_own(found.get(name))}


async def set_missing_bounds(
    admin: AIOKafkaAdminClient, catalogue: Sequence[Topic], settings: Mapping[str, Settings]
) -> tuple[str, ...]:
    """Set the bounds that are missing, and return the topics for which Kafka refused that.

    The request replaces all that was set for a topic, so it repeats what there is.
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
