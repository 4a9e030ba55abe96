"""Builds, starts and closes aiokafka's clients, also those whose broker is away.

A `connected_…` context manager starts a client and closes it. A class that keeps its client for
longer than a block builds it with `new_…`, and calls `start_client` and `close_client`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Literal, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import collect_hosts
from aiokafka.errors import KafkaConnectionError, NodeNotReadyError, RequestTimedOutError

from services.platform.faults import FaultError, KafkaRefusesError, KafkaUnreachableError
from services.platform.tasks import uninterrupted
from topology.batching.aiokafka_workarounds import finish_connecting, start_without_leak
from topology.batching.security import OPEN, KafkaSecurity

CONNECT_S: Final = 10.0
"""How long an address may take to answer an admin client."""
LISTEN_S: Final = 1.0
"""How long an address that refuses an admin client may take to accept a bare connection."""
CLOSE_S: Final = 2.0
"""How long a client that is being closed may take after a cancellation."""

Client: TypeAlias = AIOKafkaConsumer | AIOKafkaProducer | AIOKafkaAdminClient


def new_consumer(
    kafka: str,
    security: KafkaSecurity,
    *,
    group_id: str | None = None,
    isolation_level: Literal["read_committed", "read_uncommitted"] = "read_committed",
    **options: Any,
) -> AIOKafkaConsumer:
    """Build a consumer that commits no offsets by itself.

    Args:
        kafka: the brokers, `host:port` separated by commas.
        security: how to connect with them.
        group_id: the group whose offsets it asks for, or that it joins.
        isolation_level: which records it reads.
        options: more of aiokafka's options.
    """
    return AIOKafkaConsumer(
        bootstrap_servers=kafka,
        group_id=group_id,
        isolation_level=isolation_level,
        enable_auto_commit=False,
        **security.options(),
        **options,
    )


def new_producer(kafka: str, security: KafkaSecurity, **options: Any) -> AIOKafkaProducer:
    """Build an idempotent producer: all replicas have a record before Kafka acknowledges it."""
    return AIOKafkaProducer(
        bootstrap_servers=kafka,
        acks="all",
        enable_idempotence=True,
        **security.options(),
        **options,
    )


def new_admin(kafka: str, security: KafkaSecurity = OPEN, **options: Any) -> AIOKafkaAdminClient:
    """Build a client that asks about topics and groups, and creates topics."""
    return AIOKafkaAdminClient(bootstrap_servers=kafka, **security.options(), **options)


async def start_client(client: Client) -> None:
    """Start a client. If that fails or is cancelled, close the client."""
    try:
        await start_without_leak(client)
    except BaseException:
        await close_client(client)
        raise


async def close_client(client: Client) -> None:
    """Close a client, also if the calling task is cancelled meanwhile.

    aiokafka cancels tasks of its own here, and may raise their CancelledError: this ignores it.
    """
    closing = asyncio.create_task(_settle_and_close(client))
    try:
        await asyncio.wait([closing])
    except asyncio.CancelledError:
        await uninterrupted(asyncio.wait([closing], timeout=CLOSE_S))
        raise
    if not closing.cancelled():
        closing.result()


async def _settle_and_close(client: Client) -> None:
    try:
        inner = client.client if isinstance(client, AIOKafkaProducer) else client._client  # noqa: SLF001 - only this closes a connection that is being opened
        await finish_connecting(inner)
    finally:  # Also if this is cancelled, such as at the end of the loop.
        await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())


@asynccontextmanager
async def connected_consumer(
    kafka: str, security: KafkaSecurity, **options: Any
) -> AsyncIterator[AIOKafkaConsumer]:
    """Connect a consumer; see `new_consumer`. It reads nothing before it is assigned partitions.

    Raises:
        KafkaError: Kafka is away.
    """
    consumer = new_consumer(kafka, security, **options)
    await start_client(consumer)
    try:
        yield consumer
    finally:
        await close_client(consumer)


@asynccontextmanager
async def connected_producer(
    kafka: str, security: KafkaSecurity, **options: Any
) -> AsyncIterator[AIOKafkaProducer]:
    """Connect a producer; see `new_producer`.

    Raises:
        KafkaError: Kafka is away.
    """
    producer = new_producer(kafka, security, **options)
    await start_client(producer)
    try:
        yield producer
    finally:
        await close_client(producer)


@asynccontextmanager
async def connected_admin(
    kafka: str, security: KafkaSecurity = OPEN
) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connect an admin client.

    Raises:
        KafkaUnreachableError: nothing answers there, or no longer.
        FaultError: the address is none.
    """
    admin = new_admin(kafka, security)
    try:
        await _start_admin(admin, kafka)
        yield admin
    except (KafkaConnectionError, NodeNotReadyError, RequestTimedOutError):
        raise KafkaUnreachableError(kafka) from None
    finally:
        await close_client(admin)


async def _start_admin(admin: AIOKafkaAdminClient, kafka: str) -> None:
    try:
        async with asyncio.timeout(CONNECT_S):
            await start_without_leak(admin)
    except (KafkaConnectionError, TimeoutError):
        is_listening = await _is_listening(kafka)
        raise (KafkaRefusesError if is_listening else KafkaUnreachableError)(kafka) from None
    except ValueError:
        msg = f"KAFKA_BOOTSTRAP_SERVERS is {kafka!r}: write host:port, several with commas."
        raise FaultError(msg) from None


async def _is_listening(kafka: str) -> bool:
    """Whether the first of the brokers accepts a connection, whatever protocol it speaks."""
    host, port, _ = collect_hosts(kafka)[0]
    try:
        async with asyncio.timeout(LISTEN_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
