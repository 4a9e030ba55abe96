"""Closes aiokafka's clients, also one whose broker is away."""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from topology.batching.aiokafka_workarounds import settle


async def close_client(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Stop a client. aiokafka raises here what it cancelled itself: nobody has cancelled us.

    If the caller is cancelled meanwhile, the client still stops, by itself.
    """
    stopping = asyncio.create_task(_stop(client))
    await asyncio.wait([stopping])
    if not stopping.cancelled():
        stopping.result()


async def _stop(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    await settle(client.client if isinstance(client, AIOKafkaProducer) else client._client)  # noqa: SLF001
    await client.stop()
