"""The clock overtakes no record in another partition, whichever worker owns it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from zlib import crc32

from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from faust.types import TP

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import Event, assert_same, expected_verdict
from tests.topology.batching.kafka import (
    Log,
    administration,
    committed_offsets,
    eventually,
    producing,
)
from tests.topology.batching.sandbox import Sandbox, clocks_in, counted
from tests.topology.batching.worker import Worker
from topology.batching.app import BatchApp

DUE_AFTER = 1_000
TICK = 1_200
"""After the customers' first events are due, and before their second ones are."""


def key_of(sandbox: Sandbox, partition: int, word: str) -> bytes:
    """Find a key of this partition."""
    return next(
        key for n in range(10_000) if sandbox.place(key := f"{word}-{n}".encode()) == partition
    )


def source_of(sandbox: Sandbox, key: bytes) -> str:
    """Return the source of a key's events."""
    return sandbox.config.sources[crc32(b"source" + key) % len(sandbox.config.sources)]


# Two workers


@dataclass
class Pair:
    """Two workers: the first has records for customers of the second."""

    sandbox: Sandbox
    one: Worker
    two: Worker
    of_one: list[int]
    of_two: list[int]
    changelog: Log

    def customers(self) -> list[bytes]:
        """Return keys of each partition of the second worker."""
        return [key_of(self.sandbox, n, f"customer-{m}") for n in self.of_two for m in range(5)]

    async def fall_behind(self) -> list[Event]:
        """Freeze the first worker, then send records for the second's customers to it, and a tick.

        These records pass one or two partitions, behind many other records.
        """
        sandbox, keys = self.sandbox, self.customers()
        first = [Event(key, n, at=100) for n, key in enumerate(keys)]
        await sandbox.feed(first)
        await sandbox.until_counted(len(first))
        self.one.freeze()
        others = [key_of(sandbox, n, "other") for n in self.of_one]
        many = [Event(others[n % len(others)], 100 + n, at=1_100) for n in range(3_000)]
        routes = [(route, *also) for route in self.of_one for also in ((), (self.of_two[0],))]
        last = [
            Event(key, 10_000 + n, at=900, route=(*routes[n % len(routes)], sandbox.place(key)))
            for n, key in enumerate(keys)
        ]
        await sandbox.feed([*many, *last])
        await sandbox.tick(TICK)
        after = [Event(key_of(sandbox, n, "after"), 20_000 + n, at=1_150) for n in self.of_two]
        await sandbox.feed(after)
        await self.changelog.until(
            lambda log: counted(log) >= len(first) + len(after), "the second worker continues"
        )
        await eventually(
            lambda: "partitions hold up the clock" in self.two.output,
            "it names the partitions that hold up the clock",
        )
        assert not clocks_in(await self.changelog.to_end()), "the clock did not wait"
        return [*first, *many, *last, *after]

    async def until_ticked(self) -> None:
        await self.changelog.until(
            lambda log: clocks_in(log) == self.sandbox.clocks(TICK), "the tick took effect"
        )


@asynccontextmanager
async def two_workers(open_sandbox: OpenSandbox, session_timeout: float) -> AsyncIterator[Pair]:
    sandbox = await open_sandbox(
        partitions=4,
        clock=True,
        due_after=DUE_AFTER,
        session_timeout=session_timeout,
        clock_warning=0.5,
    )
    async with sandbox.changelog() as changelog:
        with Worker.started(sandbox, "one") as one:
            await one.until_ready(4)
            with Worker.started(sandbox, "two") as two:
                await two.until_ready(2)
                of_two = two.taken_over
                of_one = sorted(set(range(4)) - set(of_two))
                yield Pair(sandbox, one, two, of_one, of_two, changelog)


async def test_a_worker_that_stands_still_for_a_while_holds_up_the_clock_of_all(
    open_sandbox: OpenSandbox,
) -> None:
    """No row falls due whose event is in one of its partitions. The log names the partitions."""
    async with two_workers(open_sandbox, session_timeout=30.0) as pair:
        events = await pair.fall_behind()
        for number in pair.of_one:
            assert f"-{number} is at " in pair.two.output
        pair.one.wake()
        await pair.until_ticked()
        assert_same(
            await pair.sandbox.verdict(), expected_verdict(events, due_after=DUE_AFTER, clock=TICK)
        )


async def test_no_row_falls_due_too_early_if_the_worker_is_killed(
    open_sandbox: OpenSandbox,
) -> None:
    """The other worker takes over its partitions, and then the clock advances."""
    async with two_workers(open_sandbox, session_timeout=6.0) as pair:
        events = await pair.fall_behind()
        async with pair.two.taking_over(2):
            pair.one.kill()
        await pair.until_ticked()
        assert_same(
            await pair.sandbox.verdict(), expected_verdict(events, due_after=DUE_AFTER, clock=TICK)
        )


async def test_the_clock_does_not_wait_for_deleted_records_of_another_worker(
    open_sandbox: OpenSandbox,
) -> None:
    """Nobody can process them any more."""
    async with two_workers(open_sandbox, session_timeout=30.0) as pair:
        sandbox = pair.sandbox
        pair.one.kill()
        lost = [Event(key_of(sandbox, number, "lost"), number, at=100) for number in pair.of_one]
        await sandbox.feed(lost)
        await sandbox.tick(TICK)
        await eventually(lambda: "hold up the clock" in pair.two.output, "the clock waits for it")
        async with administration(sandbox.servers) as admin:
            everything = RecordsToDelete(before_offset=-1)
            places = [
                TopicPartition(source_of(sandbox, each.key), sandbox.place(each.key))
                for each in lost
            ]
            await admin.delete_records(dict.fromkeys(places, everything))
        await pair.changelog.until(
            lambda log: clocks_in(log) == dict.fromkeys(pair.of_two, TICK), "the tick took effect"
        )
        pair.one.start()
        await pair.until_ticked()
        assert_same(await sandbox.verdict(), expected_verdict([], clock=TICK))


# One worker, whose partitions are slow and fast


def pause(app: BatchApp, sandbox: Sandbox, partition: int) -> None:
    app.consumer.pause_partitions({TP(topic, partition) for topic in sandbox.config.sources})


def resume(app: BatchApp, sandbox: Sandbox, partition: int) -> None:
    app.consumer.resume_partitions({TP(topic, partition) for topic in sandbox.config.sources})


async def test_an_event_is_not_overtaken_on_any_part_of_its_way(open_sandbox: OpenSandbox) -> None:
    """Two partitions hand it on before it reaches its own; each of them pauses for a while.

    So neither the ends of the first round nor those of the second include all of its records.
    """
    sandbox = await open_sandbox(partitions=3, sources=1, clock=True, due_after=DUE_AFTER)
    anna = key_of(sandbox, 0, "anna")
    first, last = Event(anna, 1, at=100), Event(anna, 2, at=900, route=(1, 2, 0))
    async with sandbox.running() as app, sandbox.changelog() as changelog:
        await sandbox.feed([first])
        await sandbox.until_counted(1)
        # A partition that opens resumes itself.
        await eventually(lambda: [each.is_ready for each in app.ownership] == [True] * 3, "ready")
        for number in range(3):
            pause(app, sandbox, number)
        for tick in (150, 160):  # After these ticks no fetch from before the pause is in progress.
            await sandbox.tick(tick)
            await changelog.until(lambda log, t=tick: clocks_in(log) == sandbox.clocks(t), "a tick")  # type: ignore[misc]
        await sandbox.feed([last])
        await sandbox.tick(TICK)
        hold_ups = app.clock_hold_ups
        for number in (1, 2, 0):
            await eventually(lambda n=number: n in hold_ups.seconds(), f"{number} holds it up")  # type: ignore[misc]
            assert clocks_in(await changelog.to_end()) == sandbox.clocks(160)
            resume(app, sandbox, number)
        await changelog.until(lambda log: clocks_in(log) == sandbox.clocks(TICK), "the tick")
        assert not app.clock_hold_ups.seconds()
    assert_same(
        await sandbox.verdict(), expected_verdict([first, last], due_after=DUE_AFTER, clock=TICK)
    )


async def test_a_partition_with_records_handed_on_to_it_does_not_hold_up_later_instants(
    open_sandbox: OpenSandbox,
) -> None:
    """Its log ends with a transaction marker. The worker commits the position after it."""
    sandbox = await open_sandbox(partitions=2, sources=1, clock=True, due_after=DUE_AFTER)
    anna, source = key_of(sandbox, 0, "anna"), sandbox.config.sources[0]
    event = Event(anna, 1, at=100, route=(1, 0))
    async with sandbox.running(), sandbox.changelog() as changelog:
        await sandbox.feed([event])
        for tick in (500, 900, TICK):
            await sandbox.tick(tick)
            await changelog.until(lambda log, t=tick: clocks_in(log) == sandbox.clocks(t), "tick")  # type: ignore[misc]
    assert (await committed_offsets(sandbox.servers, sandbox.config.app_id))[source, 0] == 2
    assert_same(await sandbox.verdict(), expected_verdict([event], due_after=DUE_AFTER, clock=TICK))


async def test_positions_without_records_are_committed_once_and_for_all(
    open_sandbox: OpenSandbox,
) -> None:
    """For example after an aborted transaction. This commit causes no further one."""
    sandbox = await open_sandbox(partitions=1, sources=1, clock=True)
    source = sandbox.config.sources[0]
    async with producing(sandbox.servers, transactional_id=f"{sandbox.config.app_id}-shop") as shop:
        await shop.begin_transaction()
        await shop.send_and_wait(source, b"1 1", key=b"ghost", partition=0)
        await shop.abort_transaction()
    async with sandbox.running() as app:
        await eventually(lambda: any(each.commits for each in app.ownership), "committed")
        await sandbox.tick(5)
        (partition,) = app.ownership
        await eventually(lambda: partition.clock == 5, "the tick took effect")
        await eventually(lambda: partition.commits == 2, "one for the marker, one for the tick")
    assert (await committed_offsets(sandbox.servers, sandbox.config.app_id))[source, 0] == 2


async def test_the_next_owner_continues_the_counts_of_records_handed_on(
    open_sandbox: OpenSandbox,
) -> None:
    """It reads them from the metadata of the committed offsets."""
    sandbox = await open_sandbox(partitions=2, sources=1, clock=True)
    anna = key_of(sandbox, 0, "anna")
    for times in (1, 2):
        async with sandbox.running() as app:
            await eventually(lambda: all(one.is_ready for one in app.ownership), "ready")
            await sandbox.feed([Event(anna, n, route=(1, 0, 1, 0)) for n in range(3)])
            await sandbox.until_counted(3 * times)
            counts = {each.number: each.progress.handed_on for each in app.ownership}
        assert counts == {1: (3 * times, 0, 3 * times), 0: (0, 3 * times)}
