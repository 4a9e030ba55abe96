"""Partitions stop only if their worker died, and then until its session is over.

The sessions are so long here that who waits for one is known by it, however busy the machine is.
With the default of six seconds a worker that dies is missed for less than ten, and one that joins,
leaves or starts again for less than three.
"""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from time import time

import pytest

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.kafka import Log
from tests.topology.batching.load import load
from tests.topology.batching.sandbox import Sandbox
from tests.topology.batching.worker import Worker
from tests.waits import AT_ONCE_S

PARTITIONS = range(4)
SHORT_SESSION_S = 12.0
LONG_SESSION_S = 60.0


@dataclass
class Watch:
    """The longest pause of each partition during a block, and the partitions that moved."""

    log: Log
    since: float
    moved: set[int] = field(default_factory=set)

    @classmethod
    @asynccontextmanager
    async def over(cls, log: Log, *workers: Worker) -> AsyncIterator["Watch"]:
        """Watch while the block runs, and until every partition works again."""
        await at_work(log)
        before = [len(worker.taken_over) for worker in workers]
        watch = cls(log, time())
        yield watch
        await at_work(log)
        watch.moved = {
            number
            for worker, had in zip(workers, before, strict=True)
            for number in worker.taken_over[had:]
        }
        print({one: (f"{watch.still(one):.2f} s", one in watch.moved) for one in PARTITIONS})  # noqa: T201

    def still(self, partition: int) -> float:
        """Return the longest time, in seconds, between two writes of a partition."""
        written: list[float] = [
            record.timestamp / 1000
            for record in self.log.records
            if record.partition == partition and record.timestamp / 1000 > self.since
        ]
        return max(after - before for before, after in pairwise([self.since, *written]))

    @property
    def pause(self) -> float:
        """The longest of the partitions that moved."""
        return max(self.still(number) for number in self.moved)


async def at_work(log: Log) -> None:
    """Wait until every partition has written from now on."""
    now = time()
    await log.until(
        lambda log: (
            {record.partition for record in log.records if record.timestamp / 1000 > now}
            >= set(PARTITIONS)
        ),
        "every partition at work",
    )


@asynccontextmanager
async def busy(
    open_sandbox: OpenSandbox, session_timeout: float
) -> AsyncIterator[tuple[Sandbox, Log]]:
    """Open a sandbox with a steady load on all partitions."""
    sandbox = await open_sandbox(
        partitions=len(PARTITIONS), sources=1, session_timeout=session_timeout
    )
    async with sandbox.changelog() as log, load(sandbox, keys=400, seed=1, per_second=400):
        yield sandbox, log


async def test_partitions_of_a_killed_worker_wait_for_its_session_and_others_do_not(
    open_sandbox: OpenSandbox,
) -> None:
    """It does not leave the group."""
    async with busy(open_sandbox, SHORT_SESSION_S) as (sandbox, log):
        with Worker.started(sandbox, "one") as one:
            await one.until_ready(4)
            with Worker.started(sandbox, "two") as two:
                await two.until_ready(2)
                async with Watch.over(log, one, two) as watch:
                    one.kill()
                await two.terminate()
    assert len(watch.moved) == 2
    assert SHORT_SESSION_S / 2 < watch.pause < SHORT_SESSION_S + AT_ONCE_S
    assert all(watch.still(other) < SHORT_SESSION_S / 2 for other in {*PARTITIONS} - watch.moved)


async def test_workers_that_join_and_leave_in_order_pause_partitions_briefly(
    open_sandbox: OpenSandbox,
) -> None:
    """Nobody waits for a session, and only partitions that must move do."""
    async with busy(open_sandbox, LONG_SESSION_S) as (sandbox, log):
        with ExitStack() as started:
            one = started.enter_context(Worker.started(sandbox, "one"))
            await one.until_ready(4)
            async with Watch.over(log, one) as joining:
                two = started.enter_context(Worker.started(sandbox, "two"))
                await two.until_ready(2)
            joining.moved |= set(two.taken_over)
            async with Watch.over(log, one, two) as leaving:
                await one.terminate()
            await two.terminate()
    assert [len(joining.moved), len(leaving.moved)] == [2, 2]
    assert joining.pause < AT_ONCE_S
    assert leaving.pause < AT_ONCE_S


@pytest.mark.parametrize(
    ("name", "is_killed"),
    [("one", False), ("another", False), ("one", True)],
    ids=["stopped", "stopped, with a new name", "killed"],
)
async def test_a_lone_worker_is_back_soon_after_a_restart(
    open_sandbox: OpenSandbox, name: str, *, is_killed: bool
) -> None:
    """After an orderly stop under any name, after kill -9 under its own."""
    async with busy(open_sandbox, LONG_SESSION_S) as (sandbox, log):
        with Worker.started(sandbox, "one") as one:
            await one.until_ready(4)
            async with Watch.over(log, one) as watch:
                if is_killed:
                    one.kill()
                else:
                    await one.terminate()
                one.name = name
                one.start()
            await one.terminate()
    # The start of Python is slow on a busy machine. A new member would wait for the session.
    assert watch.pause < AT_ONCE_S + one.startup
