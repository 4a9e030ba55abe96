"""Without a backlog a partition gathers records during a commit, and for a while after."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace

from faust.types import TP

from tests.topology.batching.counting import Event, Tally
from tests.topology.batching.idle import Consumer
from tests.topology.batching.test_cut_batches import Cutting
from tests.waits import LONGEST_WAIT_S
from topology.batching.clock import Tick
from topology.batching.config import BatchConfig
from topology.batching.dependencies import Dependencies
from topology.batching.fetch import Fetch
from topology.batching.handler import Changes
from topology.batching.handlers import OneHandler
from topology.batching.partition import Partition
from topology.batching.record import Record

SHOP = TP("shop", 0)
CONFIG = BatchConfig(
    "app", "nowhere:9", ("shop",), "changelog", 1, max_batch=2, backlog=3, commit_interval=0.0
)
FOR_EVER = 3_600.0
TURNS = 20
"""The event loop runs so often: more than enough for all that can go on without a commit's end."""


class SlowCommits:
    """A writer whose transactions end when the test says so."""

    changelog_end = 0
    handed_on = ()

    def __init__(self) -> None:
        self.ends = asyncio.Semaphore(0)
        self.written: list[int] = []
        """The number of rows in each transaction that has ended."""

    async def write(self, changes: Changes, offsets: Mapping[TP, int]) -> None:
        await self.ends.acquire()
        self.written.append(len(changes.rows))


class Running:
    """A partition without Kafka that commits slowly."""

    def __init__(self, commit_interval: float = 0.0, cuts: Iterable[int] = ()) -> None:
        consumer = Consumer()
        handler = Cutting("out", cuts=iter(cuts))
        config = replace(CONFIG, commit_interval=commit_interval)
        dependencies = Dependencies(consumer, consumer, lambda: 1_000.0, lambda: None)
        self.partition = Partition(0, config, OneHandler(handler), dependencies, lambda *_: None)
        self.commits = SlowCommits()
        self.partition._writer = self.commits  # type: ignore[assignment]
        self._sent = 0

    async def start(self) -> None:
        self.partition._task = asyncio.create_task(self.partition._seek_and_run({SHOP: 0}))
        await self.turns()

    async def commit_one(self) -> None:
        """Start, and commit one record."""
        await self.start()
        await self.send(1)
        await self.end_commit()

    async def send(self, records: int) -> None:
        start, self._sent = self._sent, self._sent + records
        some = [
            Record("shop", 0, n, 0, 0, b"new-%d" % n, Event(b"new-%d" % n, n, at=2_000).value)
            for n in range(start, self._sent)
        ]
        await self.partition.offer(Fetch(SHOP, 1, start, self._sent, some))
        await self.turns()

    async def end_commit(self) -> None:
        self.commits.ends.release()
        await self.turns()

    async def turns(self) -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0)

    async def stop(self) -> None:
        self.commits.ends.release()
        self.commits.ends.release()
        await self.partition.drain()


async def test_records_that_arrive_during_a_commit_are_one_batch() -> None:
    """Computed at once, the first of them would only wait, and the others for a third commit."""
    running = Running()
    await running.start()
    await running.send(3)
    await running.send(1)
    assert len(running.partition.rows) == 2

    await running.end_commit()
    assert len(running.partition.rows) == 4
    await running.end_commit()

    assert running.commits.written == [2, 2]
    await running.stop()


async def test_a_backlog_is_computed_during_a_commit() -> None:
    """The worker would have nothing to do meanwhile."""
    running = Running()
    await running.start()
    await running.send(2 + CONFIG.backlog)

    assert len(running.partition.rows) == 4
    assert running.commits.written == []
    await running.stop()


async def test_due_rows_are_computed_during_a_commit() -> None:
    """There are many of them when a day begins."""
    running = Running()
    await running.start()
    await running.send(1)
    batches = running.partition._batches
    batches.rows[b"due"] = Tally(1, 1, 1, 50).encode()
    batches.timers.put(b"due", 50)
    assert not batches.has_backlog

    running.partition.schedule_instant(1_000, {SHOP: 1}, None)
    assert batches.has_backlog
    await running.stop()


async def test_due_rows_wait_for_the_records_before_them() -> None:
    """Until then they are no backlog."""
    running = Running()
    await running.start()
    batches = running.partition._batches
    batches.rows[b"due"] = Tally(1, 1, 1, 50).encode()
    batches.timers.put(b"due", 50)

    running.partition.schedule_instant(1_000, {SHOP: 1}, None)
    assert not batches.has_backlog
    await running.stop()


async def test_the_first_record_after_a_pause_waits_for_nothing() -> None:
    """Nor does it wait for others."""
    running = Running(commit_interval=FOR_EVER)
    await running.start()
    await running.send(1)

    assert len(running.partition.rows) == 1
    await running.stop()


async def test_records_shortly_after_a_commit_are_gathered() -> None:
    """A transaction costs as much as 200 records."""
    running = Running(commit_interval=FOR_EVER)
    await running.commit_one()
    await running.send(1)

    assert len(running.partition.rows) == 1
    await running.stop()


async def test_gathered_records_wait_until_the_interval_is_over() -> None:
    """It begins with the last transaction."""
    running = Running(commit_interval=0.05)
    await running.commit_one()
    await running.send(1)

    async with asyncio.timeout(LONGEST_WAIT_S):
        while len(running.partition.rows) < 2:
            await asyncio.sleep(0.01)
    await running.stop()


async def test_a_backlog_is_not_gathered() -> None:
    """It is large enough."""
    running = Running(commit_interval=FOR_EVER)
    await running.commit_one()
    await running.send(1)
    assert len(running.partition.rows) == 1

    await running.send(CONFIG.backlog - 1)
    assert len(running.partition.rows) == 3
    await running.stop()


async def test_a_partition_that_gathers_stops_at_once() -> None:
    """The whole group waits for it."""
    running = Running(commit_interval=FOR_EVER)
    await running.commit_one()

    async with asyncio.timeout(LONGEST_WAIT_S):
        await running.stop()


async def test_a_tick_is_not_gathered() -> None:
    """A replay has many of them, and each waits for the one before."""
    running = Running(commit_interval=FOR_EVER)
    await running.commit_one()

    running.partition.schedule_instant(0, {SHOP: 1}, Tick(1_000, 1))
    await running.turns()
    assert running.partition.clock == 1_000
    await running.stop()


async def test_the_rest_of_a_cut_batch_is_not_gathered() -> None:
    """Its records have waited already."""
    running = Running(commit_interval=FOR_EVER, cuts=(1,))
    await running.start()
    await running.send(2)
    await running.end_commit()

    assert len(running.partition.rows) == 2
    await running.stop()
