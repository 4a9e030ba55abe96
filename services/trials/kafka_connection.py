"""Connects a trial with Kafka: its faults are sentences for the person who has asked for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError, KafkaError

from services.platform.faults import FaultError, KafkaUnreachableError
from services.platform.kafka.clients import close_client, new_consumer, start_client
from topology.batching.security import KafkaSecurity


@asynccontextmanager
async def connected(
    kafka: str, security: KafkaSecurity, group_id: str | None = None
) -> AsyncIterator[AIOKafkaConsumer]:
    """Connect a consumer.

    Raises:
        FaultError: Kafka is away, or stops answering.
    """
    consumer = new_consumer(kafka, security, group_id=group_id, auto_offset_reset="none")
    try:
        await start_client(consumer)
    except KafkaConnectionError:
        raise KafkaUnreachableError(kafka) from None
    try:
        yield consumer
    except (KafkaError, TimeoutError) as error:
        raise FaultError(
            f"Kafka at {kafka} stopped answering ({type(error).__name__}): try again."
        ) from error
    finally:
        await close_client(consumer)
