"""Whether each record is held by as many brokers as it could be."""

from collections.abc import Sequence
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.platform.kafka.clients import connected_admin
from services.platform.kafka.topics.existing import existing_topics, settings_of
from services.platform.kafka.topics.replication import (
    MIN_IN_SYNC,
    MOST_REPLICAS,
    meaning,
    replicas_for,
    too_few,
)
from services.tools.doctor.finding import Finding, note, ok, wrong
from topology.batching.security import KafkaSecurity

SUBJECT: Final = "replication"
PLANNED: Final = {
    "__consumer_offsets": "offsets.topic.replication.factor",
    "__transaction_state": "transaction.state.log.replication.factor",
}
"""Kafka's own topics, and the broker's setting by which it makes each when it is first needed."""


async def look_at_replication(
    kafka: str, names: Sequence[str], security: KafkaSecurity
) -> list[Finding]:
    """Look at these topics, and at those that Kafka has for itself."""
    async with connected_admin(kafka, security) as admin:
        brokers = [each["node_id"] for each in (await admin.describe_cluster())["brokers"]]
        existing = await existing_topics(admin, [*names, *PLANNED])
        settings = await settings_of(admin, existing)
        planned = await _planned(admin, brokers[0]) if len(brokers) > 1 else {}
    replicas = {name: topic.replicas for name, topic in existing.items()}
    in_sync = {name: int(found.get(MIN_IN_SYNC, 1)) for name, found in settings.items()}
    faults = too_few(len(brokers), replicas, in_sync)
    wanted = replicas_for(len(brokers))
    faults += [
        f"{name} is not there yet, and would get {found} replicas: set {PLANNED[name]}={wanted} in "
        "the brokers' configuration"
        for name, found in planned.items()
        if name not in existing and found < wanted
    ]
    if faults:
        return [wrong(SUBJECT, fault) for fault in faults]
    verdict = ok if len(brokers) >= MOST_REPLICAS else note
    return [verdict(SUBJECT, meaning(len(brokers)))]


async def _planned(admin: AIOKafkaAdminClient, broker: int) -> dict[str, int]:
    """Return how many replicas Kafka's own topics would get; nothing if it does not say."""
    asked = ConfigResource(ConfigResourceType.BROKER, str(broker))
    [answer] = await admin.describe_configs([asked])
    found = {
        entry["config_names"]: entry["config_value"]
        for resource in answer.to_object()["resources"]
        for entry in resource["config_entries"]
    }
    return {name: int(found[setting]) for name, setting in PLANNED.items() if setting in found}
