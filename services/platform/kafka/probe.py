"""Finds out soon whether any broker answers, also while others are frozen."""

import asyncio
from collections.abc import Collection
from typing import Any, Final

from aiokafka.conn import AIOKafkaConnection, collect_hosts
from aiokafka.errors import KafkaError
from aiokafka.protocol.metadata import MetadataRequest

from services.platform.faults import KafkaUnreachableError
from services.platform.tasks import end
from topology.batching.security import KafkaSecurity

ANSWER_S: Final = 2.0
ALONE_S: Final = 0.25
"""How long the probe waits for the broker that answered last before it asks the others, too."""


class KafkaProbe:
    """Asks one broker, and all of them if it does not answer. It holds one connection."""

    def __init__(self, kafka: str, security: KafkaSecurity) -> None:
        self._kafka = kafka
        self._security = security
        self._given = {(host, port) for host, port, _ in collect_hosts(kafka)}
        self._known: set[tuple[str, int]] = set()
        """The brokers' own addresses, as the last answer named them."""
        self._connection: AIOKafkaConnection | None = None

    async def ask(self) -> None:
        """Return as soon as a broker has answered.

        Raises:
            KafkaUnreachableError: no broker answered within two seconds.
        """
        current = self._connection
        asking = [] if current is None else [asyncio.create_task(self._ask(current))]
        try:
            if await _any_succeeds(asking, ALONE_S):
                return
            places = self._given | self._known
            asking += [asyncio.create_task(self._ask_anew(*place)) for place in places]
            if not await _any_succeeds(asking, None):
                raise KafkaUnreachableError(self._kafka)
        finally:
            await end(asking)

    async def _ask(self, connection: AIOKafkaConnection) -> None:
        try:
            cluster = await connection.send(MetadataRequest([]))
        except (KafkaError, OSError, TimeoutError):
            self._drop(connection)
            raise
        self._known = {(broker[1], broker[2]) for broker in cluster.brokers}

    async def _ask_anew(self, host: str, port: int) -> None:
        options: dict[str, Any] = self._security.options()
        connection = AIOKafkaConnection(
            host, port, request_timeout_ms=int(ANSWER_S * 1000), **options
        )
        try:
            await connection.connect()
            await self._ask(connection)
        except BaseException:
            connection.close()
            raise
        self._drop(self._connection)
        self._connection = connection

    def _drop(self, connection: AIOKafkaConnection | None) -> None:
        if connection is not None:
            connection.close()
        if connection is self._connection:
            self._connection = None

    def close(self) -> None:
        """Close the connection."""
        self._drop(self._connection)


async def _any_succeeds(asking: Collection["asyncio.Task[None]"], timeout_s: float | None) -> bool:
    """Wait until a task succeeds, all have failed, or the time is over."""
    loop = asyncio.get_running_loop()
    until = None if timeout_s is None else loop.time() + timeout_s
    left = set(asking)
    while left:
        remaining = None if until is None else max(0.0, until - loop.time())
        done, left = await asyncio.wait(
            left, timeout=remaining, return_when=asyncio.FIRST_COMPLETED
        )
        if any(task.exception() is None for task in done):
            return True
        if not done:
            return False
    return False
