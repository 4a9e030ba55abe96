"""Fencing: another producer has opened a partition's transactional id."""

import asyncio
import random

from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import assert_same, expected_verdict
from tests.topology.batching.kafka import eventually, producing
from tests.topology.batching.load import load, timely_events
from tests.topology.batching.sandbox import Sandbox, counted, until_progress
from topology.batching.writer import TransactionalWriter


async def fence(sandbox: Sandbox, partition: int) -> None:
    """Send InitProducerId like another worker, with the partition's transactional id."""
    async with producing(sandbox.servers, transactional_id=f"{sandbox.config.app_id}-{partition}"):
        pass


def released(logs: list[EventDict]) -> list[int]:
    """Return the partitions whose release was logged."""
    return [one["partition"] for one in logs if one["event"] == "releasing a partition"]


def restored(logs: list[EventDict]) -> list[int]:
    """Return the partitions that were logged as ready."""
    return [one["partition"] for one in logs if one["event"] == "partition ready"]


async def test_a_fenced_partition_comes_back_and_the_others_continue(
    open_sandbox: OpenSandbox,
) -> None:
    """It is logged once. Only this partition is restored again, and the results are exact."""
    sandbox = await open_sandbox(partitions=3)
    with capture_logs() as logs:
        async with (
            sandbox.running() as app,
            sandbox.changelog() as changelog,
            load(sandbox, keys=1_000, seed=4, per_second=2_000) as feed,
        ):
            await until_progress(changelog)
            kept = {one.number: one for one in app.ownership}
            await fence(sandbox, 1)
            await eventually(lambda: bool(released(logs)), "the fencing is noticed")
            await eventually(
                lambda: len(restored(logs)) == 3 + len(released(logs)), "the partition is back"
            )
            events = await feed.stop()
            await changelog.until(lambda log: counted(log) >= len(events), "all events counted")
            now = {one.number: one for one in app.ownership}
    # The other producer repeats its request if the broker must abort our transaction first. So the
    # partition may be fenced twice.
    assert released(logs) in ([1], [1, 1]), "it is logged once, and only for this partition"
    assert sorted(restored(logs)) == sorted([0, 1, 2, *released(logs)]), "only this one is restored"
    assert [number for number in now if now[number] is kept[number]] == [0, 2]
    assert_same(await sandbox.verdict(), expected_verdict(events))


async def test_fencing_at_any_time_changes_nothing(open_sandbox: OpenSandbox) -> None:
    """Fenced repeatedly, also during transactions: nothing is lost and nothing doubled."""
    seed = 7
    chance = random.Random(seed)
    sandbox = await open_sandbox(max_batch=200)
    async with (
        sandbox.running() as app,
        sandbox.changelog() as changelog,
        load(sandbox, keys=1_000, seed=seed, per_second=3_000) as feed,
    ):
        for number in range(12):
            await until_progress(changelog)
            pause = chance.uniform(0, 0.3)
            print(f"seed {seed}: fence number {number + 1} after {pause:.3f} s")  # noqa: T201
            await asyncio.sleep(pause)
            await fence(sandbox, chance.randrange(2))
        events = await feed.stop()
        await changelog.until(
            lambda log: app.fatal is not None or counted(log) >= len(events), "all events counted"
        )
        assert app.fatal is None, "it should lose the partition, and continue"
    assert_same(await sandbox.verdict(), expected_verdict(events))


async def test_a_worker_that_is_fenced_while_idle_finds_out_with_its_next_batch(
    open_sandbox: OpenSandbox,
) -> None:
    """It writes nothing that it has computed from its old rows."""
    sandbox = await open_sandbox(partitions=1, sources=1)
    events = timely_events(200, 20, random.Random(1))
    other = TransactionalWriter(sandbox.config, 0)
    async with sandbox.running(), sandbox.changelog() as changelog:
        await sandbox.feed(events[:100])
        await changelog.until(lambda log: counted(log) >= 100, "the first hundred")
        await other.open()
        await other.close()
        await sandbox.feed(events[100:])
        await changelog.until(lambda log: counted(log) >= 200, "all events counted")
    assert_same(await sandbox.verdict(), expected_verdict(events))
