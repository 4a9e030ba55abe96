"""Workers are killed, stopped and restarted under load: nothing is lost or doubled."""

import asyncio
import random
from pathlib import Path

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import POISON, assert_same, expected_verdict
from tests.topology.batching.kafka import Sent, send
from tests.topology.batching.load import load
from tests.topology.batching.sandbox import clocks_in, counted, until_progress
from tests.topology.batching.worker import Worker
from tests.waits import AT_ONCE_S


async def test_killing_a_worker_at_any_time_changes_nothing(
    open_sandbox: OpenSandbox, tmp_path: Path
) -> None:
    """After three kill -9 rows, outputs and offsets equal a direct count."""
    seed = 3
    chance = random.Random(seed)
    sandbox = await open_sandbox(
        clock=True, due_after=2_000, snapshots=tmp_path, snapshot_interval=0.0
    )
    async with (
        sandbox.changelog() as changelog,
        load(sandbox, keys=2_000, seed=seed, per_second=5_000, ticks=True) as feed,
    ):
        with Worker.started(sandbox) as worker:
            for number in range(3):
                await until_progress(changelog)
                delay_s = chance.uniform(0, 0.8)
                print(f"seed {seed}: kill number {number + 1}, {delay_s:.3f} s after progress")  # noqa: T201
                await asyncio.sleep(delay_s)
                worker.kill()
                worker.start()
            events = await feed.stop()
            await changelog.until(
                lambda log: counted(log) >= len(events), "all events counted after the kills"
            )
            end = events[-1].at + 10_000
            await sandbox.tick(end)
            await changelog.until(
                lambda log: clocks_in(log) == sandbox.clocks(end), "the last tick took effect"
            )
            await worker.terminate()
    assert_same(await sandbox.verdict(), expected_verdict(events, due_after=2_000, clock=end))


async def test_a_worker_that_gets_sigterm_drains_and_ends_at_once(
    open_sandbox: OpenSandbox,
) -> None:
    """SIGTERM under load: status 0 within seconds, and the next worker continues from there."""
    sandbox = await open_sandbox()
    async with (
        sandbox.changelog() as changelog,
        load(sandbox, keys=500, seed=5, per_second=5_000) as feed,
    ):
        with Worker.started(sandbox) as worker:
            for _ in range(2):
                await until_progress(changelog)
                took = await worker.terminate()
                assert took < AT_ONCE_S, f"it took {took:.1f} s to end"
                worker.start()
            events = await feed.stop()
            await changelog.until(lambda log: counted(log) >= len(events), "all events counted")
            await worker.terminate()
    assert_same(await sandbox.verdict(), expected_verdict(events))


async def test_a_worker_whose_handler_raises_ends_with_the_error(open_sandbox: OpenSandbox) -> None:
    """Its process exits with status 1 and logs the error, instead of hanging."""
    sandbox = await open_sandbox(partitions=1, sources=1)
    with Worker.started(sandbox) as worker:
        await worker.until_ready()
        await send(sandbox.servers, [Sent(sandbox.config.sources[0], 0, b"p", POISON)])
        await worker.ended()
        assert worker.status == 1
        assert "a poisoned record" in worker.output
