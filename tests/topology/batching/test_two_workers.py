"""Two workers: partitions move, and the results are exact."""

import asyncio

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import assert_same, expected_verdict
from tests.topology.batching.load import load
from tests.topology.batching.sandbox import clocks_in, counted, until_progress
from tests.topology.batching.worker import Worker


async def test_workers_join_and_leave_in_every_way(open_sandbox: OpenSandbox) -> None:
    """Each is killed, and each is stopped: the other takes over, and the result is exact."""
    sandbox = await open_sandbox(partitions=4, clock=True, due_after=2_000)
    async with (
        sandbox.changelog() as changelog,
        load(sandbox, keys=1_000, seed=8, per_second=1_500, ticks=True) as feed,
    ):
        with Worker.started(sandbox, "one") as one:
            await one.until_ready(4)
            with Worker.started(sandbox, "two") as two:
                await two.until_ready(2)
                for gone, left, is_killed in (
                    (two, one, True),
                    (one, two, True),
                    (two, one, False),
                    (one, two, False),
                ):
                    await until_progress(changelog)
                    async with left.taking_over(2):
                        if is_killed:
                            gone.kill()
                        else:
                            await gone.terminate()
                    gone.start()
                    await gone.until_ready(2)
                events = await feed.stop()
                end = events[-1].at + 10_000
                await sandbox.tick(end)
                await changelog.until(
                    lambda log: (
                        counted(log) >= len(events) and clocks_in(log) == sandbox.clocks(end)
                    ),
                    "all events counted and the last tick taken",
                )
                await asyncio.gather(one.terminate(), two.terminate())
    assert_same(await sandbox.verdict(), expected_verdict(events, due_after=2_000, clock=end))


async def test_a_frozen_worker_that_continues_changes_no_result(open_sandbox: OpenSandbox) -> None:
    """The other worker has its partitions by then. The frozen one is fenced, and rejoins."""
    sandbox = await open_sandbox(partitions=2)
    async with (
        sandbox.changelog() as changelog,
        load(sandbox, keys=1_000, seed=9, per_second=1_500) as feed,
    ):
        with Worker.started(sandbox, "one") as one:
            await one.until_ready(2)
            with Worker.started(sandbox, "two") as two:
                await two.until_ready(1)
                await until_progress(changelog)
                async with two.taking_over(1):
                    one.freeze()
                await until_progress(changelog)
                async with one.taking_over(1):
                    one.wake()
                events = await feed.stop()
                await changelog.until(lambda log: counted(log) >= len(events), "all events counted")
                await asyncio.gather(one.terminate(), two.terminate())
    assert_same(await sandbox.verdict(), expected_verdict(events))
