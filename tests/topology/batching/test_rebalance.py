"""A rebalance that moves no partition: no record is left unread or read twice."""

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import Event, assert_same, expected_verdict
from tests.topology.batching.kafka import eventually
from tests.topology.batching.load import load
from tests.topology.batching.sandbox import counted, until_progress
from tests.waits import LONGEST_WAIT_S
from topology.batching.app import BatchApp


async def rejoin(app: BatchApp) -> None:
    """Rejoin the group, and wait until all partitions are ready again."""
    generation = app.consumer_generation_id
    await app.ownership.control.rejoin()
    await eventually(
        lambda: (
            app.consumer_generation_id > generation
            and bool(list(app.ownership))
            and all(one.is_ready for one in app.ownership)
        ),
        "ready again after the rebalance",
    )


async def test_an_event_right_after_a_rebalance_is_processed(
    open_sandbox: OpenSandbox,
) -> None:
    """A fetch that was in progress during the whole rebalance returns it, and no fetch follows."""
    sandbox = await open_sandbox(partitions=1, sources=1)
    events: list[Event] = []
    async with sandbox.running() as app, sandbox.changelog() as changelog:
        for _ in range(4):
            for _ in range(2):
                events.append(Event(b"anna", len(events)))
                await sandbox.feed(events[-1:])
                await changelog.until(
                    lambda log: counted(log) >= len(events),
                    f"event {len(events)} counted",
                    timeout=LONGEST_WAIT_S,
                )
                if len(events) % 2:
                    await rejoin(app)
    assert_same(await sandbox.verdict(), expected_verdict(events))


async def test_rebalances_under_load_change_nothing(open_sandbox: OpenSandbox) -> None:
    """The partitions stay, continue after their last batch, and are not restored again."""
    sandbox = await open_sandbox(max_batch=200)
    async with (
        sandbox.running() as app,
        sandbox.changelog() as changelog,
        load(sandbox, keys=500, seed=2, per_second=4_000) as feed,
    ):
        await until_progress(changelog)
        kept = list(app.ownership)
        for _ in range(5):
            await rejoin(app)
            await until_progress(changelog)
        events = await feed.stop()
        await changelog.until(lambda log: counted(log) >= len(events), "all events counted")
        assert list(app.ownership) == kept
    assert_same(await sandbox.verdict(), expected_verdict(events))
