"""Checks that Kafka answers, its version, its topics and their replicas, and the workers' lag."""

from collections.abc import Sequence
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import ApiVersionRequest

from schemas.counted import counted
from schemas.topics import catalogue
from services.platform.faults import FaultError
from services.platform.kafka.clients import connected_admin
from services.platform.kafka.security import security_of
from services.platform.kafka.topics.compare import TopicLine, agreed_partitions, overview
from services.platform.kafka.topics.existing import existing_topics, settings_of
from services.platform.kafka.topics.replication import (
    MIN_IN_SYNC,
    MOST_REPLICAS,
    meaning,
    replicas_for,
    too_few,
)
from services.platform.kafka.worker_lag import GroupLag
from services.platform.settings import Settings, SettingsError
from services.tools.doctor.dead_letters import check_dead_letters
from services.tools.doctor.finding import Finding, note, ok, wrong
from services.tools.doctor.policies import check_policies
from topology.batching.security import KafkaSecurity

FETCH: Final = 1
OLDEST_FETCH_OF_KAFKA_4: Final = 4
"""Kafka 4.0 was the first to refuse the versions 0 to 3 of the request Fetch (KIP-896)."""
REPLICATION: Final = "replication"
PLANNED: Final = {
    "__consumer_offsets": "offsets.topic.replication.factor",
    "__transaction_state": "transaction.state.log.replication.factor",
}
"""Kafka's own topics, and the broker's setting for the replicas of each."""


async def check_kafka(settings: Settings, kafka: str) -> list[Finding]:
    """Check the brokers, the topics, the workers and the dead letters."""
    try:
        security = security_of(settings)
        lines = await overview(kafka, catalogue(settings.app_id), security)
    except (FaultError, SettingsError) as error:
        return [wrong("Kafka", str(error))]
    version = await _check_version(kafka, security)
    found = [version, *_check_topics(lines, settings.partitions)]
    if all(line.partitions for line in lines):
        found += await check_replication(kafka, [line.name for line in lines], security)
        found.append(await _check_workers(kafka, settings.app_id, security))
        found += await check_dead_letters(kafka, security)
        found += await check_policies(settings, kafka, security)
    return found


def _check_topics(lines: list[TopicLine], wanted: int) -> list[Finding]:
    missing = [line.name for line in lines if not line.partitions]
    if missing:
        return [
            wrong("topics", f"{', '.join(missing)} missing: run `stammkunde topics create`"),
        ]
    odd = [
        wrong("topics", f"{line.name}: {line.state}; kafka-configs.sh --alter changes that")
        for line in lines
        if line.differs
    ]
    return [_check_partitions(lines, wanted), *odd]


def _check_partitions(lines: list[TopicLine], wanted: int) -> Finding:
    try:
        agreed = agreed_partitions({line.name: line.partitions for line in lines}, wanted)
    except FaultError as error:
        return wrong("topics", str(error))
    message = f"{len(lines)} with {counted(agreed, 'partition')} each"
    if agreed != wanted:
        return note(
            "topics", f"{message}; STAMMKUNDE_PARTITIONS is {wanted}, but the topics decide"
        )
    return ok("topics", message)


async def _check_workers(kafka: str, group: str, security: KafkaSecurity) -> Finding:
    """Check the workers' lag. One reading can't tell a stalled partition from a busy one."""
    asked = GroupLag(kafka, group, security)
    try:
        progress = await asked.ask()
    finally:
        await asked.close()
    if progress is None:
        return note("workers", "Kafka has no offsets of them")
    behind = {number: each.lag for number, each in sorted(progress.items()) if each.lag}
    if not behind:
        return ok("workers", "have processed every message")
    places = ", ".join(f"{number}: {lag:,}" for number, lag in behind.items())
    return note(
        "workers",
        f"{counted(sum(behind.values()), 'offset')} behind the sources (by partition: {places}); "
        "the API's /readyz names a partition that stands still",
    )


async def _check_version(kafka: str, security: KafkaSecurity) -> Finding:
    host, port, _ = collect_hosts(kafka)[0]
    try:
        connection = await create_conn(host, port, request_timeout_ms=5000, **security.options())
    except (TimeoutError, KafkaError, OSError):
        return note("Kafka", f"answers at {kafka}, but not every time at {host}:{port}")
    try:
        answer = await connection.send(ApiVersionRequest())
    finally:
        connection.close()
    oldest_fetch = {api: oldest for api, oldest, _ in answer.api_versions}.get(FETCH, 0)
    if oldest_fetch < OLDEST_FETCH_OF_KAFKA_4:
        return note("Kafka", f"{kafka} is older than 4.0, the oldest that this is tested with")
    return ok("Kafka", f"{kafka}, version 4.0 or newer")


async def check_replication(
    kafka: str, names: Sequence[str], security: KafkaSecurity
) -> list[Finding]:
    """Check the replicas of these topics, and of Kafka's own."""
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
        f"{name} does not exist yet, and would get {found} replicas: set {PLANNED[name]}={wanted} "
        "in the brokers' configuration"
        for name, found in planned.items()
        if name not in existing and found < wanted
    ]
    if faults:
        return [wrong(REPLICATION, fault) for fault in faults]
    verdict = ok if len(brokers) >= MOST_REPLICAS else note
    return [verdict(REPLICATION, meaning(len(brokers)))]


async def _planned(admin: AIOKafkaAdminClient, broker: int) -> dict[str, int]:
    """Return how many replicas Kafka's own topics would get, as far as Kafka says."""
    asked = ConfigResource(ConfigResourceType.BROKER, str(broker))
    [answer] = await admin.describe_configs([asked])
    found = {
        entry["config_names"]: entry["config_value"]
        for resource in answer.to_object()["resources"]
        for entry in resource["config_entries"]
    }
    return {name: int(found[setting]) for name, setting in PLANNED.items() if setting in found}
