"""Writes to a compacted topic."""

import asyncio
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.structs import RecordMetadata

from services.platform.compacted.faults import NotWrittenError
from services.platform.faults import KafkaUnreachableError
from services.platform.kafka.close_client import close_client
from topology.batching.aiokafka_workarounds import start_wholly
from topology.batching.security import KafkaSecurity

TIMEOUT_S: Final = 10.0
"""How long Kafka may take to acknowledge a record."""


class Writer:
    """One idempotent producer, opened by the first record."""

    def __init__(self, kafka: str, topic: str, security: KafkaSecurity) -> None:
        self._kafka = kafka
        self._topic = topic
        self._security = security
        self._opening = asyncio.Lock()
        self._opened: AIOKafkaProducer | None = None

    async def write(self, key: str, value: bytes | None) -> RecordMetadata:
        """Write a record, and return where it is once all replicas have it.

        Raises:
            KafkaUnreachableError: nothing answers, and nothing was written.
            NotWrittenError: Kafka did not confirm it in time.
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
        producer = AIOKafkaProducer(
            bootstrap_servers=self._kafka,
            acks="all",
            enable_idempotence=True,
            **self._security.options(),
        )
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await start_wholly(producer)
        except (KafkaConnectionError, TimeoutError):
            await close_client(producer)
            raise KafkaUnreachableError(self._kafka) from None
        except BaseException:  # Whoever wanted it does not wait any more.
            await close_client(producer)
            raise
        return producer

    async def close(self) -> None:
        """Let go of the producer."""
        if self._opened is not None:
            await close_client(self._opened)
            self._opened = None
