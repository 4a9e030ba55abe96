"""A slow handler: the event loop keeps running, and the worker commits in parts."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from time import monotonic, sleep

import pytest
from aiokafka import ConsumerRecord

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import Counting, Event, assert_same, expected_verdict
from tests.topology.batching.kafka import committed_offsets, eventually
from topology.batching.coarse_clock import CoarseClock
from topology.batching.handler import BatchTime, Changes

PAUSE_S = 0.002


MOST_S = 1.0
"""The longest time for which the loop may stand still: less than a heartbeat needs."""


@dataclass
class Work:
    """What a slow handler has done, and did at most between two turns of the event loop."""

    done: int = 0
    most_at_once: int = 0

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()

    async def _watch(self) -> None:
        while True:
            before = self.done
            await asyncio.sleep(0.001)
            self.most_at_once = max(self.most_at_once, self.done - before)


@dataclass(frozen=True)
class Slow(Counting):
    """Needs two milliseconds for a record or a due row."""

    work: Work = field(default_factory=Work)

    def on_records(
        self,
        partition: int,
        rows: Mapping[bytes, bytes],
        records: Sequence[ConsumerRecord[bytes, bytes]],
        batch_time: BatchTime,
    ) -> Changes:
        taken = self._work_through(len(records), batch_time)
        changes = super().on_records(partition, rows, records[:taken], batch_time)
        changes.processed = taken
        return changes

    def on_due(
        self, rows: Mapping[bytes, bytes], keys: Sequence[bytes], until: int, batch_time: BatchTime
    ) -> Changes:
        taken = self._work_through(len(keys), batch_time)
        changes = super().on_due(rows, keys[:taken], until, batch_time)
        changes.processed = taken
        return changes

    def _work_through(self, number: int, batch_time: BatchTime) -> int:
        for taken in range(number):
            if taken and batch_time.monotonic() >= batch_time.deadline:
                return taken
            sleep(PAUSE_S)
            self.work.done += 1
        return number


@pytest.mark.parametrize("due_after", [0, 1_000])
async def test_the_loop_never_blocks_for_a_second(
    open_sandbox: OpenSandbox, due_after: int
) -> None:
    """Although each of six partitions has work for half a second. Nothing is lost or doubled.

    What the handler does between two turns is counted, not the time that the machine lets it wait.
    """
    sandbox = await open_sandbox(
        partitions=6, sources=1, clock=True, due_after=due_after, batch_time=0.1
    )
    work = Work()
    sandbox = replace(sandbox, handler=Slow(sandbox.handler.out, due_after, work=work))
    events = [Event(b"key-%d" % n, n, at=1) for n in range(1_500)]
    await sandbox.feed(events)
    if due_after:
        await sandbox.tick(5_000)
    async with sandbox.running() as app, work.watched(), sandbox.outputs() as outputs:
        await sandbox.until_counted(len(events))
        if due_after:
            await outputs.until(lambda log: len(log.records) == len(events), "all were due")
        # Wait until the position after the last marker is committed, too.
        await eventually(
            lambda: all(
                each.committed_positions == each._batches.positions for each in app.ownership
            ),
            "done",
        )
        commits = [each.commits for each in app.ownership]

    assert min(commits) >= 3
    assert 0 < work.most_at_once * PAUSE_S < MOST_S
    assert_same(await sandbox.verdict(), expected_verdict(events, due_after=due_after, clock=5_000))
    read = await committed_offsets(sandbox.servers, sandbox.config.app_id)
    assert sum(at for (topic, _), at in read.items() if topic in sandbox.config.sources) == 1_500


async def test_the_coarse_clock_advances_while_the_loop_is_blocked() -> None:
    """Its thread stores the time."""
    clock = CoarseClock()
    await clock.start()
    try:
        later = clock.read() + 0.1
        _block_until(lambda: clock.read() >= later)
    finally:
        await clock.stop()


def _block_until(ready: Callable[[], bool]) -> None:
    end = monotonic() + 10
    while not ready():
        assert monotonic() < end
        sleep(0.005)
