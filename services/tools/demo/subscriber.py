"""Counts transitions and triggers as any subscriber would: committed records of their topics."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Final, Generic, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas import topics
from schemas.transition import Transition
from schemas.trigger import Trigger
from services.platform.kafka.clients import connected_consumer
from services.tools.demo.snapshot import LeavingCustomer, dropped
from topology.batching.security import OPEN, KafkaSecurity

POLL_MS: Final = 200
Item = TypeVar("Item")


class Subscriber:
    """Reads both topics from their beginning. Run `follow` in the background, then `catch_up`."""

    def __init__(self, kafka: str, partitions: int, security: KafkaSecurity = OPEN) -> None:
        self._kafka = kafka
        self._security = security
        self._places = [
            TopicPartition(topic, partition)
            for topic in (topics.TRANSITIONS, topics.TRIGGERS)
            for partition in range(partitions)
        ]
        self._positions: dict[TopicPartition, int] = {}
        self._advanced = asyncio.Condition()
        self.transitions = 0
        self.triggers: Counter[str] = Counter()
        self.drops: TimeBuffer[LeavingCustomer] = TimeBuffer(lambda each: each.at)
        """Customers who drop into churn risk, until the watcher takes them."""

    async def follow(self) -> None:
        """Count until this is cancelled."""
        async with self._connected() as consumer:
            consumer.assign(self._places)
            while True:
                fetched = await consumer.getmany(timeout_ms=POLL_MS)
                for place, records in fetched.items():
                    self._count(place, records)
                await self._record_positions(
                    {place: await consumer.position(place) for place in self._places}
                )

    async def catch_up(self) -> None:
        """Wait until every record that is committed by now is counted."""
        async with self._connected() as asker:
            ends: dict[TopicPartition, int] = await asker.end_offsets(self._places)
        async with self._advanced:
            await self._advanced.wait_for(
                lambda: all(self._positions.get(place, 0) >= end for place, end in ends.items())
            )

    def _connected(self) -> AbstractAsyncContextManager[AIOKafkaConsumer]:
        return connected_consumer(self._kafka, self._security, auto_offset_reset="earliest")

    def _count(self, place: TopicPartition, records: Iterable[ConsumerRecord]) -> None:
        if place.topic == topics.TRANSITIONS:
            for record in records:
                self.transitions += 1
                leaving = dropped(Transition.model_validate_json(record.value))
                self.drops.add([] if leaving is None else [leaving])
        else:
            self.triggers.update(
                Trigger.model_validate_json(record.value).rule for record in records
            )

    async def _record_positions(self, positions: Mapping[TopicPartition, int]) -> None:
        async with self._advanced:
            self._positions = dict(positions)
            self._advanced.notify_all()


class TimeBuffer(Generic[Item]):
    """Holds items until the demo's clock reaches them: some partitions are further than others."""

    def __init__(self, instant_of: Callable[[Item], datetime]) -> None:
        self._instant_of = instant_of
        self._waiting: list[tuple[datetime, int, Item]] = []
        self._numbers = count()

    def add(self, items: Iterable[Item]) -> None:
        """Add items in any order."""
        for item in items:
            heappush(self._waiting, (self._instant_of(item), next(self._numbers), item))

    def take(self, until: datetime | None) -> list[Item]:
        """Take the items up to an instant (inclusive), in order; with None, no items."""
        taken: list[Item] = []
        while until is not None and self._waiting and self._waiting[0][0] <= until:
            taken.append(heappop(self._waiting)[2])
        return taken
