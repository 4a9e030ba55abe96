"""Offset client: reads topic offsets and the group's committed offsets over its own connection.

The watchdog and the clock can't use the consumer's connection, because that connection may hang.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, Literal, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata
from faust.types import TP

from topology.batching.aiokafka_workarounds import finish_connecting, start_without_leak
from topology.batching.offsets import NonMemberCoordinator, fetch_offsets
from topology.batching.security import OPEN, KafkaSecurity

_TIMEOUT_S: Final = 10.0

_Found = TypeVar("_Found")


class OffsetClient:
    """Reads offsets of topic partitions. Each method returns None if the brokers don't answer.

    Args:
        bootstrap_servers: the brokers.
        security: how to connect with them.
        isolation: with `read_committed`, `end_offsets` are last stable offsets; with
            `read_uncommitted`, high watermarks.
        group: the group whose offsets `committed` reads.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        security: KafkaSecurity = OPEN,
        isolation: Literal["read_committed", "read_uncommitted"] = "read_committed",
        group: str = "",
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._security = security
        self._isolation = isolation
        self._group = NonMemberCoordinator(group)
        self._consumer: AIOKafkaConsumer | None = None
        self._closed = False

    async def end_offsets(self, tps: Iterable[TP]) -> Mapping[TP, int] | None:
        """Return the end offset of each."""
        return await self._ask(tps, lambda consumer, places: consumer.end_offsets(places))

    async def beginning_offsets(self, tps: Iterable[TP]) -> Mapping[TP, int] | None:
        """Return the beginning offset of each."""
        return await self._ask(tps, lambda consumer, places: consumer.beginning_offsets(places))

    async def committed(self, tps: Iterable[TP]) -> Mapping[TP, OffsetAndMetadata] | None:
        """Return the group's committed offsets, without partitions that have none."""
        return await self._ask(tps, lambda _, places: fetch_offsets(self._group, places))

    async def _ask(
        self,
        tps: Iterable[TP],
        question: Callable[
            [AIOKafkaConsumer, list[TopicPartition]], Awaitable[Mapping[TopicPartition, _Found]]
        ],
    ) -> Mapping[TP, _Found] | None:
        places = [TopicPartition(tp.topic, tp.partition) for tp in tps]
        if self._closed:
            return None
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                found = await question(await self._connected(), places)
        except (KafkaError, OSError, TimeoutError, AssertionError):
            return None  # aiokafka asserts that it knows a broker.
        return {TP(place.topic, place.partition): each for place, each in found.items()}

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap_servers,
                isolation_level=self._isolation,
                enable_auto_commit=False,
                request_timeout_ms=int(_TIMEOUT_S * 1000),
                **self._security.options(),
            )
            try:
                await start_without_leak(consumer)
            except BaseException:
                await consumer.stop()
                raise
            self._consumer = consumer
            self._group.connect(consumer._client)
        return self._consumer

    async def close(self) -> None:
        """Close the connection for good."""
        self._closed = True
        if self._consumer is not None:
            await finish_connecting(self._consumer._client)
            await self._consumer.stop()
            self._consumer = None
