"""How long partitions stop when workers join, leave and die, with the default settings."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, fields
from itertools import pairwise
from time import time

import pytest

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.kafka import Log
from tests.topology.batching.load import load
from tests.topology.batching.sandbox import Sandbox
from tests.topology.batching.worker import Worker
from topology.batching.config import BatchConfig

PARTITIONS = range(4)
DEFAULTS = {
    one.name: one.default
    for one in fields(BatchConfig)
    if one.name in {"session_timeout", "heartbeat_interval"}
}


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

    def assert_within(self, seconds: float) -> None:
        """Assert that moved partitions paused for less than `seconds`, and others than a second."""
        assert self.moved
        for number in PARTITIONS:
            limit = seconds if number in self.moved else 1
            assert self.still(number) < limit, f"partition {number} paused for too long"


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
async def busy(open_sandbox: OpenSandbox) -> AsyncIterator[tuple[Sandbox, Log]]:
    """Open a sandbox with a steady load on all partitions."""
    sandbox = await open_sandbox(partitions=len(PARTITIONS), sources=1, **DEFAULTS)
    async with sandbox.changelog() as log, load(sandbox, keys=400, seed=1, per_second=400):
        yield sandbox, log


async def test_partitions_of_a_killed_worker_are_back_within_ten_seconds(
    open_sandbox: OpenSandbox,
) -> None:
    """It does not leave the group: the others wait for its session timeout."""
    async with busy(open_sandbox) as (sandbox, log):
        with Worker.started(sandbox, "one") as one:
            await one.until_ready(4)
            with Worker.started(sandbox, "two") as two:
                await two.until_ready(2)
                async with Watch.over(log, one, two) as watch:
                    one.kill()
                await two.terminate()
    watch.assert_within(10)


async def test_workers_that_join_and_leave_in_order_pause_partitions_briefly(
    open_sandbox: OpenSandbox,
) -> None:
    """A partition that moves is back within three seconds."""
    async with busy(open_sandbox) as (sandbox, log):
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
    joining.assert_within(3)
    leaving.assert_within(3)


@pytest.mark.parametrize(
    ("name", "is_killed"),
    [("one", False), ("another", False), ("one", True)],
    ids=["stopped", "stopped, with a new name", "killed"],
)
async def test_a_lone_worker_is_back_within_three_seconds_after_a_restart(
    open_sandbox: OpenSandbox, name: str, *, is_killed: bool
) -> None:
    """After an orderly stop under any name, after kill -9 under its own."""
    async with busy(open_sandbox) as (sandbox, log):
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
    # The limit excludes the start of Python, which is slow on a busy machine. After a kill the
    # broker has transactions to abort; a new member would wait 6 s for the session timeout.
    watch.assert_within((4 if is_killed else 2) + one.startup)
