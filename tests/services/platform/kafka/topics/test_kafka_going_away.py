"""Kafka goes away between the connection and the question."""

from pathlib import Path

import pytest

from services.platform.faults import KafkaUnreachableError
from services.platform.kafka.clients import connected_admin
from services.platform.kafka.topics.existing import existing_topics
from services.tools.local_stack import KafkaServer

pytestmark = pytest.mark.e2e


async def test_a_kafka_that_dies_while_it_is_asked_is_unreachable(tmp_path: Path) -> None:
    """So that a worker that is just starting waits for it, instead of ending."""
    kafka = KafkaServer(tmp_path / "kafka")
    await kafka.start()
    try:
        with pytest.raises(KafkaUnreachableError):
            await ask_while_it_dies(kafka)
    finally:
        await kafka.stop()


async def ask_while_it_dies(kafka: KafkaServer) -> None:
    async with connected_admin(kafka.address) as admin:
        kafka.kill()
        await existing_topics(admin, ["any"])
