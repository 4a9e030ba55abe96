"""Writes to a compacted topic."""

import asyncio
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.structs import RecordMetadata

from services.platform.faults import KafkaUnreachableError, NotWrittenError
from services.platform.kafka.clients import close_client, new_producer, start_client
from topology.batching.security import KafkaSecurity

TIMEOUT_S: Final = 10.0
"""How long Kafka may take to acknowledge a record."""


class Writer:
    """One idempotent producer, which the first record opens."""

    def __init__(self, kafka: str, topic: str, security: KafkaSecurity) -> None:
        self._kafka = kafka
        self._topic = topic
        self._security = security
        self._opening = asyncio.Lock()
        self._opened: AIOKafkaProducer | None = None

    async def write(self, key: str, value: bytes | None) -> RecordMetadata:
        """Write a record, and return its place once all replicas have it.

        Raises:
            KafkaUnreachableError: no broker answers, and nothing was written.
            NotWrittenError: Kafka did not confirm the record in time.
        """
        producer = await self._producer()
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await producer.send_and_wait(self._topic, value, key.encode())
        except (KafkaError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            raise NotWrittenError(self._topic, reason) from None

    async def _producer(self) -> AIOKafkaProducer:
        async with self._opening:
            if self._opened is None:
                self._opened = await self._open()
            return self._opened

    async def _open(self) -> AIOKafkaProducer:
        producer = new_producer(self._kafka, self._security)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await start_client(producer)
        except (KafkaConnectionError, TimeoutError):
            raise KafkaUnreachableError(self._kafka) from None
        return producer

    async def close(self) -> None:
        """Close the producer."""
        if self._opened is not None:
            await close_client(self._opened)
            self._opened = None
