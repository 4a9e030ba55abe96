"""Sees that a Kafka that was given is unused: the demo's results would not be its own."""

from aiokafka import TopicPartition

from schemas import topics
from services.platform.faults import FaultError
from services.platform.kafka.clients import connected_admin, connected_consumer
from services.platform.kafka.topics.existing import existing_topics
from topology.batching.security import OPEN, KafkaSecurity

READ: tuple[str, ...] = (*topics.SOURCES, topics.CLOCK)


async def refuse_used(kafka: str, security: KafkaSecurity = OPEN) -> None:
    """Look for messages in the topics that the demo writes to.

    Raises:
        FaultError: there are some, or Kafka is away.
    """
    async with connected_admin(kafka, security) as admin:
        existing = await existing_topics(admin, READ)
    places = [
        TopicPartition(topic.name, partition)
        for topic in existing.values()
        for partition in range(topic.partitions)
    ]
    used = {place.topic for place, end in (await _ends(kafka, security, places)).items() if end}
    if used:
        raise FaultError(
            f"The demo needs a Kafka of its own, and the one at {kafka} has messages in "
            f"{', '.join(sorted(used))}: unset KAFKA_BOOTSTRAP_SERVERS and it starts one."
        )


async def _ends(
    kafka: str, security: KafkaSecurity, places: list[TopicPartition]
) -> dict[TopicPartition, int]:
    if not places:
        return {}
    async with connected_consumer(kafka, security, isolation_level="read_uncommitted") as consumer:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        return ends
