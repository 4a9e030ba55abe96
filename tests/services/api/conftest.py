"""The API over real HTTP, on a read model that a test writes itself."""

import time
from collections.abc import AsyncIterator

import httpx
import pytest
from redis.asyncio import Redis

from schemas.topics import catalogue
from schemas.transition import Transition
from schemas.trigger import Trigger
from services.platform.kafka.topics.ensure import ensure_topics
from services.read_model.batches import OutputBatch, OutputRecord, RowBatch, RowChange, Step
from services.read_model.projector_status import Report
from services.read_model.rows import StoredRow, groups_of
from services.read_model.writer import Writer
from services.tools.local_stack import Addresses
from tests.services.projector.records import json_of, row
from tests.services.projector.world import World
from topology.domain.history.instant import from_datetime

TOKEN = "test"
TOPICS = {"rows": "11", "transitions": "22", "triggers": "33"}


class Model:
    """The read model, written as the projector does, without a Kafka."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._writer = Writer(world.redis, world.keys, TOKEN)
        self._at: dict[str, int] = {}
        self._partitions = 1

    async def begin(self, topics: dict[str, str] = TOPICS, partitions: int = 1) -> None:
        self._at, self._partitions = {}, partitions
        await self.world.redis.delete(self.world.keys.owner)
        await self._writer.acquire()
        await self._writer.begin(topics, 0)
        await self.live()

    async def live(self, lag: int = 0, behind_s: float | None = 0.1) -> None:
        report = Report(lag=lag, behind_s=behind_s)
        await self._own()
        await self._writer.heartbeat(report, {}, None, built_of=self._partitions)

    async def die(self) -> None:
        await self._writer.release()

    async def rows(
        self, *customers: str, partition: int = 0, days: tuple[float, ...] = (0,), **more: float
    ) -> None:
        await self.entries({each: row(each, *days, **more) for each in customers}, partition)

    async def entries(self, entries: dict[str, bytes], partition: int = 0) -> None:
        """What the table has under these keys: rows, or where they have gone."""
        changes = []
        for key, bytes_ in entries.items():
            kept = StoredRow(partition, bytes_).to_bytes()
            changes.append(RowChange(key.encode(), kept, groups_of(bytes_)))
        await self._rows(RowBatch(partition, changes, None, ()))

    async def removed(self, customer: str, partition: int = 0) -> None:
        gone = RowChange(customer.encode(), b"", "")
        await self._rows(RowBatch(partition, [gone], None, ()))

    async def clock(self, partition: int, instant: int) -> None:
        await self._rows(RowBatch(partition, (), instant, ()))

    async def _rows(self, batch: RowBatch) -> None:
        await self._own()
        await self._writer.apply_rows(self._step("rows", batch.partition, 1), batch)

    async def record(
        self,
        *records: Transition | Trigger,
        partition: int = 0,
        offset: int | None = None,
        appended_ms: int | None = None,
    ) -> None:
        """Transitions or triggers, appended by the broker now or at `appended_ms`."""
        for record in records:
            at_ms = int(time.time() * 1000) if appended_ms is None else appended_ms
            role = "transitions" if isinstance(record, Transition) else "triggers"
            place = self._at.get(f"{role}:{partition}", 0) if offset is None else offset
            rule = record.rule if isinstance(record, Trigger) else ""
            at = from_datetime(record.effective_at)
            entry = OutputRecord(record.customer_id, rule, place, at_ms, json_of(record), at)
            batch = OutputBatch(partition, [entry], ())
            step = self._step(role, partition, place + 1, exact=True)
            await self._own()
            if role == "transitions":
                await self._writer.apply_transitions(step, batch)
            else:
                await self._writer.apply_triggers(step, batch)

    async def _own(self) -> None:
        """Own the read model again: on a busy machine the lease ends in the middle of a test."""
        await self.world.redis.set(self.world.keys.owner, TOKEN)

    def _step(self, role: str, partition: int, more: int, *, exact: bool = False) -> Step:
        place = f"{role}:{partition}"
        before = self._at.get(place)
        self._at[place] = more if exact else (before or 0) + more
        return Step(place, before, self._at[place])


@pytest.fixture
async def world(stack: Addresses) -> AsyncIterator[World]:
    """A read model that no other test uses, and the topics that all share."""
    await ensure_topics(stack.kafka, catalogue("api-test"), 8)
    async with Redis.from_url(stack.redis) as redis:
        yield World(stack.kafka, stack.redis, redis)


@pytest.fixture
async def model(world: World) -> Model:
    """A read model that is built, empty and live."""
    model = Model(world)
    await model.begin()
    return model


@pytest.fixture
async def api(world: World, model: Model) -> AsyncIterator[httpx.AsyncClient]:
    """The API on that read model."""
    async with world.serving() as client:
        yield client
