"""The clock topic: a tick takes effect after all records that its sources had before it."""

from collections.abc import Iterable, Mapping

import pytest
from faust.types import TP

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import Event, assert_same, expected_verdict
from tests.topology.batching.kafka import committed_offsets, eventually
from tests.topology.batching.load import load
from tests.topology.batching.sandbox import clocks_in, counted, values_in
from tests.topology.batching.worker import Worker
from topology.batching.offset_client import OffsetClient


async def test_a_tick_takes_effect_after_all_earlier_records(open_sandbox: OpenSandbox) -> None:
    """No event from before a tick is processed with that tick's clock."""
    sandbox = await open_sandbox(clock=True, echo=True, max_batch=50, max_due=50)
    events = [Event(b"key-%d" % (n % 40), n) for n in range(3_000)]
    await sandbox.feed(events)
    await sandbox.tick(1_000)
    async with sandbox.running(), sandbox.changelog() as changelog:
        await changelog.until(lambda log: clocks_in(log) == {0: 1_000, 1: 1_000}, "the tick")
        await sandbox.feed([Event(b"key-%d" % n, 3_000 + n) for n in range(40)])
        await sandbox.until_counted(3_040)
    async with sandbox.outputs() as log:
        saw = [
            (int(words[1]), int(words[3]))
            for _, text in values_in(await log.to_end())
            if (words := text.split())[0] == b"saw"
        ]
    assert sorted(saw) == [(n, 0) for n in range(3_000)] + [(n, 1_000) for n in range(3_000, 3_040)]


async def test_a_tick_never_uses_the_barrier_of_an_earlier_tick(
    open_sandbox: OpenSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event and then a tick arrive while the worker reads the ends for an earlier tick."""
    sandbox = await open_sandbox(clock=True, due_after=100, partitions=1, sources=1)
    early, late = Event(b"anna", 1, at=10), Event(b"anna", 2, at=100)
    source = TP(sandbox.config.sources[0], 0)
    async with sandbox.running() as app, sandbox.changelog() as changelog:
        await sandbox.feed([early])
        await sandbox.until_counted(1)
        (partition,) = app.ownership
        read_ends = OffsetClient.end_offsets

        async def read(client: OffsetClient, tps: Iterable[TP]) -> Mapping[TP, int] | None:
            if client._isolation == "read_committed":
                return await read_ends(client, tps)  # The watchdog's.
            monkeypatch.undo()
            found = await read_ends(client, tps)
            await sandbox.feed([late])
            await sandbox.tick(150)
            await eventually(
                lambda: partition.tick is not None and partition.tick.at == 150, "both ticks read"
            )
            return found

        monkeypatch.setattr(OffsetClient, "end_offsets", read)
        app.consumer.pause_partitions({source})
        await sandbox.tick(50)
        await changelog.until(lambda log: bool(clocks_in(log)), "the first instant")
        assert clocks_in(changelog) == {0: 50}, "the later tick did not wait for its event"
        app.consumer.resume_partitions({source})
        await changelog.until(lambda log: clocks_in(log) == {0: 150}, "the later tick")
        await sandbox.until_counted(2)
    assert_same(await sandbox.verdict(), expected_verdict([early, late], due_after=100, clock=150))


async def test_ticks_that_are_pending_together_take_effect_as_one(
    open_sandbox: OpenSandbox,
) -> None:
    """The latest instant counts, in whatever order they are, and rows fall due in time order."""
    sandbox = await open_sandbox(clock=True, due_after=100, partitions=1, sources=1)
    events = [Event(b"key-%d" % n, n, at=1_000 - n) for n in range(20)]
    await sandbox.feed(events)
    await sandbox.tick(*range(1, 200), 5_000, 300)
    async with sandbox.running(), sandbox.changelog() as changelog:
        await changelog.until(lambda log: clocks_in(log) == {0: 5_000}, "the latest tick")
    clocks = [one for one in changelog.records if one.key == b"\x00clock"]
    assert len(clocks) < 20, f"{len(clocks)} transactions for 201 pending ticks"
    async with sandbox.outputs() as log:
        assert [key for key, _ in values_in(await log.to_end())] == [
            event.key for event in reversed(events)
        ]
    assert_same(await sandbox.verdict(), expected_verdict(events, due_after=100, clock=5_000))


async def test_refused_ticks_are_passed_over_and_each_is_reported_once(
    open_sandbox: OpenSandbox,
) -> None:
    """They hold up neither the clock nor the events, even without any other record."""
    sandbox = await open_sandbox(clock=True, due_after=100)
    events = [Event(b"key-%d" % n, n, at=10) for n in range(20)]
    await sandbox.tick(b"", b"noon", b"\xff\xfe")
    async with sandbox.running(), sandbox.outputs() as outputs:
        await outputs.until(lambda log: len(log.records) == 6, "all refused without any good tick")
    async with sandbox.running(), sandbox.changelog() as changelog:
        await sandbox.feed(events)
        await sandbox.tick(b"noon", 500, b"1e3", b"\x00")
        await changelog.until(lambda log: clocks_in(log) == {0: 500, 1: 500}, "the good tick")
        await sandbox.tick(b"later", 800)
        await changelog.until(lambda log: clocks_in(log) == {0: 800, 1: 800}, "the next good one")
        await sandbox.tick(b"last")
    async with sandbox.running(), sandbox.outputs() as outputs:
        await outputs.until(lambda log: len(log.records) == 20 + 16, "all refused")
    wanted = expected_verdict(events, due_after=100, clock=800)
    wanted.outputs.update({(b"refused", b"%d" % n): 2 for n in (0, 1, 2, 3, 5, 6, 7, 9)})
    assert_same(await sandbox.verdict(), wanted)
    places = await committed_offsets(sandbox.servers, sandbox.config.app_id)
    assert [places[str(sandbox.config.clock_topic), number] for number in range(2)] == [10, 10]


async def test_a_tick_survives_kill_9_and_takes_effect_once(open_sandbox: OpenSandbox) -> None:
    """A worker is killed between the transactions of one tick. The rest follows its restart."""
    sandbox = await open_sandbox(clock=True, due_after=100, max_due=20, max_joined=20, sources=1)
    events = [Event(b"key-%d" % n, n, at=1_000 + n % 500) for n in range(1_500)]
    await sandbox.feed(events)
    with Worker.started(sandbox) as worker:
        await sandbox.until_counted(len(events))
        async with sandbox.outputs() as outputs, sandbox.changelog() as changelog:
            await sandbox.tick(10_000)
            for due in (200, 700):
                await outputs.until(lambda log, due=due: len(log.records) >= due, f"{due} due")  # type: ignore[misc]
                worker.kill()
                async with worker.taking_over(2):
                    worker.start()
            await changelog.until(
                lambda log: clocks_in(log) == {0: 10_000, 1: 10_000}, "the tick took effect"
            )
        await worker.terminate()
    assert_same(await sandbox.verdict(), expected_verdict(events, due_after=100, clock=10_000))
    async with sandbox.outputs() as log:
        await log.to_end()
    for number in range(2):
        dues = [int(one.value.split()[1]) for one in log.records if one.partition == number]
        assert dues == sorted(dues)


async def test_a_tick_that_took_effect_is_not_read_again_after_a_restart(
    open_sandbox: OpenSandbox,
) -> None:
    """Its offset in the clock topic is committed with its changes."""
    sandbox = await open_sandbox(clock=True, due_after=100, partitions=1, sources=1)
    await sandbox.feed([Event(b"anna", 1, at=10)])
    await sandbox.tick(1_000)
    async with sandbox.running(), sandbox.changelog() as changelog:
        await changelog.until(lambda log: clocks_in(log) == {0: 1_000}, "the tick took effect")
    clock_topic, source = str(sandbox.config.clock_topic), sandbox.config.sources[0]
    assert await committed_offsets(sandbox.servers, sandbox.config.app_id) == {
        (clock_topic, 0): 1,
        (source, 0): 1,
    }
    async with sandbox.running() as app, sandbox.outputs() as outputs:
        await sandbox.feed([Event(b"anna", 2, at=2_000)])
        await outputs.until(lambda log: len(log.records) >= 2, "the second event's output")
        assert [one.clock for one in app.ownership] == [1_000]
    async with sandbox.changelog() as changelog:
        clocks = [one for one in (await changelog.to_end()).records if one.key == b"\x00clock"]
    assert len(clocks) == 1
    assert (await sandbox.verdict()).outputs == {(b"anna", b"due 110"): 1, (b"anna", b"step 2"): 1}


async def test_a_replay_with_many_ticks_equals_a_direct_count(open_sandbox: OpenSandbox) -> None:
    """A key that is due has one output, whether an event or a tick comes first."""
    sandbox = await open_sandbox(
        clock=True, due_after=1_500, partitions=3, max_batch=100, max_due=50
    )
    async with sandbox.running(), sandbox.changelog() as changelog:
        async with load(sandbox, keys=700, seed=9, per_second=8_000, ticks=True) as feed:
            await changelog.until(lambda log: counted(log) >= 8_000, "8,000 events counted")
            events = await feed.stop()
        await changelog.until(lambda log: counted(log) >= len(events), "all events counted")
        end = events[-1].at + 10_000
        await sandbox.tick(end)
        await changelog.until(
            lambda log: clocks_in(log) == sandbox.clocks(end), "the last tick took effect"
        )
    assert_same(await sandbox.verdict(), expected_verdict(events, due_after=1_500, clock=end))
