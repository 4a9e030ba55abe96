"""Counts transitions and triggers as any subscriber can: from their topics, committed ones only."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas import topics
from schemas.transition import Transition
from schemas.trigger import Trigger
from services.platform.kafka.clients import connected_consumer
from services.tools.demo.leaving import Leaving, dropped
from services.tools.demo.not_yet import NotYet
from topology.batching.security import OPEN, KafkaSecurity

POLL_MS: Final = 200


class Subscriber:
    """Reads both topics from their beginning. Run `follow` beside the rest, then `catch_up`."""

    def __init__(self, kafka: str, partitions: int, security: KafkaSecurity = OPEN) -> None:
        self._kafka = kafka
        self._security = security
        self._places = [
            TopicPartition(topic, partition)
            for topic in (topics.TRANSITIONS, topics.TRIGGERS)
            for partition in range(partitions)
        ]
        self._positions: dict[TopicPartition, int] = {}
        self._moved = asyncio.Condition()
        self.transitions = 0
        self.triggers: Counter[str] = Counter()
        self.drops: NotYet[Leaving] = NotYet(lambda each: each.at)
        """Who drops into churn risk, for whoever takes them."""

    async def follow(self) -> None:
        """Count until this is cancelled."""
        async with self._connected() as consumer:
            consumer.assign(self._places)
            while True:
                fetched = await consumer.getmany(timeout_ms=POLL_MS)
                for place, records in fetched.items():
                    self._count(place, records)
                await self._tell({place: await consumer.position(place) for place in self._places})

    async def catch_up(self) -> None:
        """Wait until everything that has been committed by now is counted."""
        async with self._connected() as asker:
            ends: dict[TopicPartition, int] = await asker.end_offsets(self._places)
        async with self._moved:
            await self._moved.wait_for(
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

    async def _tell(self, positions: Mapping[TopicPartition, int]) -> None:
        async with self._moved:
            self._positions = dict(positions)
            self._moved.notify_all()
