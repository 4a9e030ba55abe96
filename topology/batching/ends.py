"""Ends: what the sources hold, asked over a connection of its own.

The consumer's own connection would not do for a watchdog: it may be what hangs.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faust.types import TP

from topology.batching.leftovers import settle
from topology.batching.security import OPEN, KafkaSecurity

_PATIENCE_S: Final = 10.0


class Ends:
    """Asks for the end offsets of topic partitions, committed records only."""

    def __init__(self, bootstrap_servers: str, security: KafkaSecurity = OPEN) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._security = security
        self._consumer: AIOKafkaConsumer | None = None

    async def read(self, tps: Iterable[TP]) -> Mapping[TP, int] | None:
        """Return the end of each, or None if the brokers can't say."""
        places = [TopicPartition(tp.topic, tp.partition) for tp in tps]
        try:
            async with asyncio.timeout(_PATIENCE_S):
                consumer = await self._connected()
                ends = await consumer.end_offsets(places)
        except (KafkaError, OSError, TimeoutError):
            return None
        return {TP(place.topic, place.partition): end for place, end in ends.items()}

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap_servers,
                isolation_level="read_committed",
                enable_auto_commit=False,
                request_timeout_ms=int(_PATIENCE_S * 1000),
                **self._security.options(),
            )
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
            self._consumer = consumer
        return self._consumer

    async def close(self) -> None:
        """Let go of the connection."""
        if self._consumer is not None:
            await settle(self._consumer._client)
            await self._consumer.stop()
            self._consumer = None
