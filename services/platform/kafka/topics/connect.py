"""A connection for asking about topics and creating them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import collect_hosts
from aiokafka.errors import KafkaConnectionError, NodeNotReadyError, RequestTimedOutError

from services.platform.faults import FaultError, KafkaRefusesError, KafkaUnreachableError
from topology.batching.aiokafka_workarounds import settle, start_wholly
from topology.batching.security import OPEN, KafkaSecurity

TIMEOUT_S: Final = 10.0
"""How long an address may take to answer."""
KNOCK_S: Final = 1.0


@asynccontextmanager
async def connected_admin(
    kafka: str, security: KafkaSecurity = OPEN
) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connect to the brokers at `kafka`, `host:port` separated by commas.

    Raises:
        KafkaUnreachableError: nothing answers there, or no longer.
        FaultError: the address is none.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka, **security.options())
    try:
        await _start(admin, kafka)
        yield admin
    except (KafkaConnectionError, NodeNotReadyError, RequestTimedOutError):
        raise KafkaUnreachableError(kafka) from None
    finally:
        await settle(admin._client)  # noqa: SLF001 - its only way to close a connection properly
        await admin.close()


async def _start(admin: AIOKafkaAdminClient, kafka: str) -> None:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await start_wholly(admin)
    except (KafkaConnectionError, TimeoutError):
        somebody_is_there = await _listens(kafka)
        raise (KafkaRefusesError if somebody_is_there else KafkaUnreachableError)(kafka) from None
    except ValueError:
        msg = f"KAFKA_BOOTSTRAP_SERVERS is {kafka!r}: write host:port, several with commas."
        raise FaultError(msg) from None


async def _listens(kafka: str) -> bool:
    """Whether a connection to the first of the brokers can be opened, whatever it speaks."""
    host, port, _ = collect_hosts(kafka)[0]
    try:
        async with asyncio.timeout(KNOCK_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
