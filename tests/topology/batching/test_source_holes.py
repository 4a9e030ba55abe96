"""Logs with holes: aborted transactions and markers between and after the records."""

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import Event, assert_same, expected_verdict
from tests.topology.batching.kafka import eventually, producing, send_all
from tests.topology.batching.sandbox import Sandbox, clocks_in


async def feed_with_holes(sandbox: Sandbox, events: list[Event], *, abort_last: bool) -> None:
    """Send each ten events in a transaction, after an aborted one; end with one if `abort_last`."""
    ghosts = [Event(event.key, 1_000_000) for event in events[:5]]
    async with producing(sandbox.servers, transactional_id=f"{sandbox.config.app_id}-shop") as shop:

        async def aborted() -> None:
            await shop.begin_transaction()
            await send_all(shop, sandbox.records(ghosts))
            await shop.abort_transaction()

        for first in range(0, len(events), 10):
            await aborted()
            async with shop.transaction():
                await send_all(shop, sandbox.records(events[first : first + 10]))
        if abort_last:
            await aborted()


async def test_a_source_with_holes_is_processed_to_its_end(open_sandbox: OpenSandbox) -> None:
    """Aborted records do not count, and records between the holes count once."""
    sandbox = await open_sandbox(max_batch=7)
    events = [Event(b"key-%d" % (n % 9), n) for n in range(200)]
    await feed_with_holes(sandbox, events, abort_last=True)
    async with sandbox.running():
        await sandbox.until_counted(len(events))
        await sandbox.feed([Event(b"last", 200)])
        await sandbox.until_counted(len(events) + 1)
    assert_same(await sandbox.verdict(), expected_verdict([*events, Event(b"last", 200)]))


async def test_an_instant_takes_effect_past_markers_at_the_end_of_the_log(
    open_sandbox: OpenSandbox,
) -> None:
    """Only an aborted transaction follows the last record, and the tick takes effect."""
    sandbox = await open_sandbox(clock=True, due_after=100)
    events = [Event(b"key-%d" % (n % 9), n, at=n + 1) for n in range(50)]
    await feed_with_holes(sandbox, events, abort_last=True)
    async with sandbox.running(), sandbox.changelog() as changelog:
        await sandbox.until_counted(len(events))
        await sandbox.tick(5_000)
        await changelog.until(
            lambda log: clocks_in(log) == {0: 5_000, 1: 5_000}, "the tick took effect"
        )
    assert_same(await sandbox.verdict(), expected_verdict(events, due_after=100, clock=5_000))


async def test_a_source_of_nothing_but_aborted_records_holds_up_nothing(
    open_sandbox: OpenSandbox,
) -> None:
    """A new worker reaches its end, and the tick takes effect."""
    sandbox = await open_sandbox(clock=True, sources=1)
    async with producing(sandbox.servers, transactional_id=f"{sandbox.config.app_id}-shop") as shop:
        await shop.begin_transaction()
        await send_all(shop, sandbox.records([Event(b"key-%d" % n, n) for n in range(100)]))
        await shop.abort_transaction()
    await sandbox.tick(1_000)
    async with sandbox.running(), sandbox.changelog() as changelog:
        await changelog.until(
            lambda log: clocks_in(log) == {0: 1_000, 1: 1_000}, "the tick took effect"
        )
    assert_same(await sandbox.verdict(), expected_verdict([]))


async def test_an_instant_waits_for_an_open_transaction_of_a_source(
    open_sandbox: OpenSandbox,
) -> None:
    """Records behind it are from before the instant, but not readable yet."""
    sandbox = await open_sandbox(clock=True, due_after=100, partitions=1, sources=1)
    early, late, behind = (Event(b"anna", n, at=at) for n, at in ((1, 10), (2, 20), (3, 30)))
    await sandbox.feed([early])
    async with (
        sandbox.running() as app,
        sandbox.changelog() as changelog,
        producing(sandbox.servers, transactional_id=f"{sandbox.config.app_id}-shop") as shop,
    ):
        await sandbox.until_counted(1)
        async with shop.transaction():
            await send_all(shop, sandbox.records([late]))
            await sandbox.feed([behind])
            await sandbox.tick(125)
            await eventually(lambda: bool(app.clock_hold_ups.seconds()), "the clock waits")
            assert clocks_in(await changelog.to_end()) == {}
        await changelog.until(lambda log: clocks_in(log) == {0: 125}, "the tick took effect")
        assert not app.clock_hold_ups.seconds()
    assert_same(
        await sandbox.verdict(), expected_verdict([early, late, behind], due_after=100, clock=125)
    )
