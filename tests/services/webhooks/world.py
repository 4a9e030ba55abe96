"""Topics of a test's own in a real Kafka, subscriptions in them, and delivery at work."""

import asyncio
import random
import secrets
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from schemas.erasure import Erasure, ErasureStatus
from schemas.trigger import Trigger
from services.platform.compacted.table import CompactedTable
from services.platform.tasks import end
from services.webhooks.metrics import DeliveryMetrics
from services.webhooks.network import Resolve, Resolver
from services.webhooks.progress import Exhausted
from services.webhooks.run import DeliveryDependencies, deliver
from services.webhooks.subscriptions import (
    Directory,
    Subscription,
    new_secret,
    read_directory,
    rotated,
)
from services.webhooks.topics import Names, encoded
from tests.services.projector.records import json_of, trigger
from tests.topology.batching.kafka import Sent, create_topics, send
from tests.waits import LONGEST_WAIT_S
from topology.domain.rows.erased import fingerprint_of, tombstone_of

END_AGAIN_S = 20.0
"""Longer than delivery takes to end in order."""
PARTITIONS = 2
SALT = b"a salt that nobody guesses"


class SkippingClock:
    """The machine's clock, which a test may set forward."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)
        self._skipped = asyncio.Event()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def skip(self, **by: float) -> None:
        self._ahead += timedelta(**by)
        skipped, self._skipped = self._skipped, asyncio.Event()
        skipped.set()

    async def wait(self, event: asyncio.Event, until: datetime | None) -> None:
        while not event.is_set() and (until is None or self.now() < until):
            waits = [asyncio.create_task(_set(each)) for each in (event, self._skipped)]
            left = None if until is None else max(0.0, (until - self.now()).total_seconds())
            try:
                await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await end(waits)


async def _set(event: asyncio.Event) -> None:
    await event.wait()


@dataclass
class World:
    """One application: its topics, its subscriptions and its time."""

    kafka: str
    table: CompactedTable
    progress: CompactedTable
    names: Names
    clock: SkippingClock = field(default_factory=SkippingClock)
    chance: Callable[[], float] = random.random

    @classmethod
    @asynccontextmanager
    async def made(cls, kafka: str) -> AsyncIterator["World"]:
        prefix = f"d{uuid.uuid4().hex[:10]}"
        names = Names(
            f"{prefix}-triggers",
            f"{prefix}-subs",
            f"{prefix}-progress",
            f"{prefix}-erasures",
            prefix,
        )
        await create_topics(
            kafka, [names.triggers], PARTITIONS, message_timestamp_type="LogAppendTime"
        )
        await create_topics(kafka, [names.erasures], PARTITIONS)
        compacted = [names.subscriptions, names.progress]
        await create_topics(kafka, compacted, PARTITIONS, cleanup_policy="compact")
        log = structlog.get_logger()
        async with (
            CompactedTable(kafka, names.subscriptions, log=log) as table,
            CompactedTable(kafka, names.progress, log=log) as progress,
        ):
            yield cls(kafka, table, progress, names)

    async def subscribe(self, url: str, **fields: Any) -> Subscription:
        now = self.clock.now() - timedelta(seconds=5)
        made = {
            "id": f"sub_{uuid.uuid4().hex[:8]}",
            "created_at": now,
            "enabled_at": now,
            "secrets": (new_secret(secrets.token_bytes),),
            **fields,
        }
        return await self.store(Subscription(url=url, **made))

    async def store(self, subscription: Subscription) -> Subscription:
        await self.table.put(subscription.id, encoded(subscription))
        return subscription

    async def rotate(self, subscription: Subscription, overlap: timedelta) -> Subscription:
        both = rotated(
            subscription.secrets, new_secret(secrets.token_bytes), self.clock.now(), overlap
        )
        return await self.store(subscription.model_copy(update={"secrets": both}))

    def records(self, *triggers: Trigger) -> list[Sent]:
        topic = self.names.triggers
        return [
            Sent(topic, partition_of(each), each.customer_id.encode(), json_of(each))
            for each in triggers
        ]

    async def erase(self, *customers: str, at: datetime | None = None, salt: bytes = SALT) -> None:
        """Write the record of a worker that has erased these customers."""
        record = erasure(*customers, at=at or self.clock.now(), salt=salt)
        key, value = record.erasure_id.encode(), record.model_dump_json().encode()
        await send(self.kafka, [Sent(self.names.erasures, 0, key, value)])

    async def put_progress(self, partition: int, key: str, value: bytes) -> None:
        """Write any record of the progress."""
        await send(self.kafka, [Sent(self.names.progress, partition, key.encode(), value)])

    async def fire(self, *triggers: Trigger) -> None:
        await send(self.kafka, self.records(*triggers))

    @asynccontextmanager
    async def delivering(
        self,
        *,
        private: bool = True,
        resolve: Resolve | None = None,
        timeout_s: float = LONGEST_WAIT_S,
        salt: bytes | None = SALT,
    ) -> AsyncIterator["Process"]:
        """Delivery at work, which ends in order when the block ends."""
        process = Process(self, private=private, resolve=resolve, timeout_s=timeout_s, salt=salt)
        try:
            yield process
            process.raise_failed()
        finally:
            await process.end()

    def exhausted(self, subscription: Subscription) -> list[Exhausted]:
        return [
            Exhausted.model_validate_json(value)
            for key, value in self.progress.items().items()
            if key.startswith(f"{subscription.id}/") and key.count("/") == 2
        ]

    async def until(self, holds: Callable[[Directory], bool]) -> None:
        async with asyncio.timeout(LONGEST_WAIT_S):
            while not holds(read_directory(self.table.items())):
                await self.table.wait_change(self.table.version)

    async def until_progress(self, holds: Callable[[], bool]) -> None:
        """Wait until the stored progress fulfils a condition."""
        async with asyncio.timeout(LONGEST_WAIT_S):
            while not holds():
                await self.progress.wait_change(self.progress.version)

    async def until_exhausted(self, subscription: Subscription, count: int) -> list[Exhausted]:
        async with asyncio.timeout(LONGEST_WAIT_S):
            while len(self.exhausted(subscription)) != count:
                await self.progress.wait_change(self.progress.version)
        return self.exhausted(subscription)


class Process:
    """One delivering process, as a task."""

    def __init__(
        self,
        world: World,
        *,
        private: bool,
        resolve: Resolve | None,
        timeout_s: float,
        salt: bytes | None,
    ) -> None:
        self.metrics = DeliveryMetrics(world.clock)
        given = DeliveryDependencies(
            kafka=world.kafka,
            names=world.names,
            clock=world.clock,
            chance=world.chance,
            resolve=resolve or Resolver(),
            private_addresses=private,
            timeout_s=timeout_s,
            salt=salt,
        )
        self._task = asyncio.create_task(deliver(given, self.metrics, structlog.get_logger()))

    def raise_failed(self) -> None:
        if self._task.done():
            self._task.result()

    async def until_ended(self) -> None:
        """Wait until it ends by itself. Raises the error that ended it."""
        async with asyncio.timeout(LONGEST_WAIT_S):
            await asyncio.shield(self._task)

    async def end(self) -> None:
        await end([self._task], END_AGAIN_S)

    def figure(self, name: str, subscription: Subscription) -> float:
        labels = {"subscription": subscription.id}
        found = self.metrics.registry.get_sample_value(f"stammkunde_delivery_{name}", labels)
        return found or 0.0

    async def until_figure(self, name: str, subscription: Subscription, at_least: float) -> None:
        async with asyncio.timeout(LONGEST_WAIT_S):
            while self.figure(name, subscription) < at_least:
                self.raise_failed()
                await asyncio.sleep(0.01)

    async def until_faults(self, count: int) -> None:
        """Wait for so many faults of whole partitions."""
        name, labels = "stammkunde_delivery_faults_total", {"subscription": ""}
        async with asyncio.timeout(LONGEST_WAIT_S):
            while (self.metrics.registry.get_sample_value(name, labels) or 0) < count:
                await asyncio.sleep(0.01)

    async def until_partitions(self, count: int) -> None:
        name = "stammkunde_delivery_partitions"
        async with asyncio.timeout(LONGEST_WAIT_S):
            while self.metrics.registry.get_sample_value(name) != count:
                self.raise_failed()
                await asyncio.sleep(0.01)


def erasure(*customers: str, at: datetime, salt: bytes = SALT) -> Erasure:
    """The record of an erasure that a worker has done."""
    return Erasure(
        erasure_id=f"era_{uuid.uuid4().hex[:8]}",
        status=ErasureStatus.DONE,
        requested_at=at,
        erased_at=at,
        marks=tuple(tombstone_of(salt, each.encode()).hex() for each in customers),
        salt=fingerprint_of(salt).hex(),
    )


def partition_of(one: Trigger) -> int:
    return sum(one.customer_id.encode()) % PARTITIONS


def triggers(customers: Iterable[str], each: int = 1, first: int = 1) -> list[Trigger]:
    """Triggers of these customers, one round after the other."""
    names = list(customers)
    numbers = range(first, first + each)
    return [trigger(name, number) for number in numbers for name in names]
