"""Lets go of aiokafka's clients, also of one whose broker is away."""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from topology.batching.aiokafka_workarounds import settle


async def close_client(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Stop a client. aiokafka raises here what it cancelled itself: nobody has cancelled us."""
    await settle(client.client if isinstance(client, AIOKafkaProducer) else client._client)  # noqa: SLF001
    stopping = asyncio.create_task(client.stop())
    await asyncio.wait([stopping])
    if not stopping.cancelled():
        stopping.result()
