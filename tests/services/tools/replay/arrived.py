"""What a replay has put into a real Kafka."""

from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas import topics


@dataclass(frozen=True)
class Topics:
    """The topics of the replay, and where they ended before it."""

    kafka: str
    partitions: int
    ends: dict[TopicPartition, int]


def places_of(partitions: int) -> list[TopicPartition]:
    return [
        TopicPartition(topic, partition)
        for topic in (*topics.SOURCES, topics.CLOCK)
        for partition in range(partitions)
    ]


async def ends_of(kafka: str, places: list[TopicPartition]) -> dict[TopicPartition, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    consumer.assign(places)
    async with consumer:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        return ends


async def records_since(before: Topics) -> list[Any]:
    """Every record that came after `before`, in the order of each partition."""
    found: list[Any] = []
    places = places_of(before.partitions)
    ends = await ends_of(before.kafka, places)
    consumer = AIOKafkaConsumer(bootstrap_servers=before.kafka)
    consumer.assign(places)
    async with consumer:
        for place, offset in before.ends.items():
            consumer.seek(place, offset)
        while True:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found.extend(records)
            if all([await consumer.position(place) >= end for place, end in ends.items()]):
                break
    return found


PROPERTIES = {
    "Order Completed": {"order_id": "o", "total": 10},
    "Social Followed": {"network": "x"},
}
"""What the workers ask for, by event."""


def message(event: str, user: str, day: int, hour: int = 12) -> dict[str, Any]:
    """A message that workers take."""
    return {
        "type": "track",
        "event": event,
        "userId": user,
        "timestamp": f"1997-01-{day:02}T{hour:02}:00:00Z",
        "properties": PROPERTIES.get(event, {}),
    }
