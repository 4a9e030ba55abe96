"""The clock overtakes no record that stands in another partition, whoever works on that one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from zlib import crc32

from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from faust.types import TP

from tests.topology.batching.conftest import OpenRoom
from tests.topology.batching.counting import Event, assert_same, expected_verdict
from tests.topology.batching.kafka import (
    Log,
    administration,
    committed_offsets,
    eventually,
    producing,
)
from tests.topology.batching.room import Room, clocks_in, counted
from tests.topology.batching.worker import Worker
from topology.batching.app import BatchApp

DUE_AFTER = 1_000
TICK = 1_200
"""Between when the first events of customers are due, and when their second ones are."""


def key_of(room: Room, partition: int, word: str) -> bytes:
    """A key that belongs to this partition."""
    return next(
        key for n in range(10_000) if room.place(key := f"{word}-{n}".encode()) == partition
    )


def source_of(room: Room, key: bytes) -> str:
    """The source that a key's events are sent to."""
    return room.config.sources[crc32(b"source" + key) % len(room.config.sources)]


# Two workers


@dataclass
class Pair:
    """Two workers; what one of them holds, the other's customers wait for."""

    room: Room
    one: Worker
    two: Worker
    of_one: list[int]
    of_two: list[int]
    changelog: Log

    def customers(self) -> list[bytes]:
        """Some of each partition of the second worker."""
        return [key_of(self.room, n, f"customer-{m}") for n in self.of_two for m in range(5)]

    async def fall_behind(self) -> list[Event]:
        """Freeze the first worker; then records for the second's customers come to it, and a tick.

        They come by one partition or by two, behind many others.
        """
        room, keys = self.room, self.customers()
        first = [Event(key, n, at=100) for n, key in enumerate(keys)]
        await room.feed(first)
        await room.until_counted(len(first))
        self.one.freeze()
        others = [key_of(room, n, "other") for n in self.of_one]
        many = [Event(others[n % len(others)], 100 + n, at=1_100) for n in range(3_000)]
        ways = [(way, *also) for way in self.of_one for also in ((), (self.of_two[0],))]
        last = [
            Event(key, 10_000 + n, at=900, way=(*ways[n % len(ways)], room.place(key)))
            for n, key in enumerate(keys)
        ]
        await room.feed([*many, *last])
        await room.tick(TICK)
        after = [Event(key_of(room, n, "after"), 20_000 + n, at=1_150) for n in self.of_two]
        await room.feed(after)
        await self.changelog.until(
            lambda log: counted(log) >= len(first) + len(after), "the second worker goes on"
        )
        await eventually(
            lambda: "partitions hold up the clock" in self.two.output, "it says who holds it up"
        )
        assert not clocks_in(await self.changelog.to_end()), "the clock did not wait"
        return [*first, *many, *last, *after]

    async def until_ticked(self) -> None:
        await self.changelog.until(
            lambda log: clocks_in(log) == self.room.clocks(TICK), "the tick took effect"
        )


@asynccontextmanager
async def two_workers(open_room: OpenRoom, session_timeout: float) -> AsyncIterator[Pair]:
    room = await open_room(
        partitions=4,
        clock=True,
        due_after=DUE_AFTER,
        session_timeout=session_timeout,
        clock_warning=0.5,
    )
    async with room.changelog() as changelog:
        with Worker.started(room, "one") as one:
            await one.until_ready(4)
            with Worker.started(room, "two") as two:
                await two.until_ready(2)
                of_two = two.taken_over
                of_one = sorted(set(range(4)) - set(of_two))
                yield Pair(room, one, two, of_one, of_two, changelog)


async def test_a_worker_that_stands_still_for_a_while_holds_up_the_clock_of_all(
    open_room: OpenRoom,
) -> None:
    """Nobody falls whose event stands in one of its partitions; it is said which these are."""
    async with two_workers(open_room, session_timeout=30.0) as pair:
        events = await pair.fall_behind()
        for number in pair.of_one:
            assert f"-{number} is at " in pair.two.output
        pair.one.wake()
        await pair.until_ticked()
        assert_same(
            await pair.room.verdict(), expected_verdict(events, due_after=DUE_AFTER, clock=TICK)
        )


async def test_nobody_falls_either_if_it_is_killed(open_room: OpenRoom) -> None:
    """The other one takes its partitions over, and then the clock goes on."""
    async with two_workers(open_room, session_timeout=6.0) as pair:
        events = await pair.fall_behind()
        async with pair.two.taking_over(2):
            pair.one.kill()
        await pair.until_ticked()
        assert_same(
            await pair.room.verdict(), expected_verdict(events, due_after=DUE_AFTER, clock=TICK)
        )


async def test_what_was_deleted_from_another_s_partition_is_not_waited_for(
    open_room: OpenRoom,
) -> None:
    """Its worker can't process it any more, and need not come back for that."""
    async with two_workers(open_room, session_timeout=30.0) as pair:
        room = pair.room
        pair.one.kill()
        lost = [Event(key_of(room, number, "lost"), number, at=100) for number in pair.of_one]
        await room.feed(lost)
        await room.tick(TICK)
        await eventually(lambda: "hold up the clock" in pair.two.output, "it is waited for")
        async with administration(room.servers) as admin:
            everything = RecordsToDelete(before_offset=-1)
            places = [
                TopicPartition(source_of(room, each.key), room.place(each.key)) for each in lost
            ]
            await admin.delete_records(dict.fromkeys(places, everything))
        await pair.changelog.until(
            lambda log: clocks_in(log) == dict.fromkeys(pair.of_two, TICK), "the tick took effect"
        )
        pair.one.start()
        await pair.until_ticked()
        assert_same(await room.verdict(), expected_verdict([], clock=TICK))


# One worker, whose partitions are slow and fast


def pause(app: BatchApp, room: Room, partition: int) -> None:
    app.consumer.pause_partitions({TP(topic, partition) for topic in room.config.sources})


def resume(app: BatchApp, room: Room, partition: int) -> None:
    app.consumer.resume_partitions({TP(topic, partition) for topic in room.config.sources})


async def test_an_event_is_not_overtaken_on_any_part_of_its_way(open_room: OpenRoom) -> None:
    """It is handed on by two partitions before it comes to its own; each stands still for a while.

    So that neither the ends at the instant, nor those after the first round, know all of it.
    """
    room = await open_room(partitions=3, sources=1, clock=True, due_after=DUE_AFTER)
    anna = key_of(room, 0, "anna")
    first, last = Event(anna, 1, at=100), Event(anna, 2, at=900, way=(1, 2, 0))
    async with room.running() as app, room.changelog() as changelog:
        await room.feed([first])
        await room.until_counted(1)
        for number in range(3):
            pause(app, room, number)
        for tick in (150, 160):  # Once these were fetched, no fetch from before the pause runs.
            await room.tick(tick)
            await changelog.until(lambda log, t=tick: clocks_in(log) == room.clocks(t), "a tick")  # type: ignore[misc]
        await room.feed([last])
        await room.tick(TICK)
        hold_ups = app.clock_hold_ups
        for number in (1, 2, 0):
            await eventually(lambda n=number: n in hold_ups.seconds(), f"{number} holds it up")  # type: ignore[misc]
            assert clocks_in(await changelog.to_end()) == room.clocks(160)
            resume(app, room, number)
        await changelog.until(lambda log: clocks_in(log) == room.clocks(TICK), "the tick")
        assert not app.clock_hold_ups.seconds()
    assert_same(
        await room.verdict(), expected_verdict([first, last], due_after=DUE_AFTER, clock=TICK)
    )


async def test_a_partition_to_which_something_was_handed_on_holds_up_nothing_afterwards(
    open_room: OpenRoom,
) -> None:
    """Its log ends with the transaction's marker: it is committed, though no record comes."""
    room = await open_room(partitions=2, sources=1, clock=True, due_after=DUE_AFTER)
    anna, source = key_of(room, 0, "anna"), room.config.sources[0]
    event = Event(anna, 1, at=100, way=(1, 0))
    async with room.running(), room.changelog() as changelog:
        await room.feed([event])
        for tick in (500, 900, TICK):
            await room.tick(tick)
            await changelog.until(lambda log, t=tick: clocks_in(log) == room.clocks(t), "the tick")  # type: ignore[misc]
    assert (await committed_offsets(room.servers, room.config.app_id))[source, 0] == 2
    assert_same(await room.verdict(), expected_verdict([event], due_after=DUE_AFTER, clock=TICK))


async def test_positions_without_records_are_committed_once_and_for_all(
    open_room: OpenRoom,
) -> None:
    """As after a transaction that was aborted. What that writes leaves nothing to commit anew."""
    room = await open_room(partitions=1, sources=1, clock=True)
    source = room.config.sources[0]
    async with producing(room.servers, transactional_id=f"{room.config.app_id}-shop") as shop:
        await shop.begin_transaction()
        await shop.send_and_wait(source, b"1 1", key=b"ghost", partition=0)
        await shop.abort_transaction()
    async with room.running() as app:
        await eventually(lambda: any(each.commits for each in app.ownership), "committed")
        await room.tick(5)
        (partition,) = app.ownership
        await eventually(lambda: partition.clock == 5, "the tick took effect")
        await eventually(lambda: partition.commits == 2, "one for the marker, one for the tick")
    assert (await committed_offsets(room.servers, room.config.app_id))[source, 0] == 2


async def test_what_was_handed_on_is_counted_on_by_the_next_owner(open_room: OpenRoom) -> None:
    """The counters are in the notes beside the offsets, and are read from there."""
    room = await open_room(partitions=2, sources=1, clock=True)
    anna = key_of(room, 0, "anna")
    for times in (1, 2):
        async with room.running() as app:
            await eventually(lambda: all(one.is_ready for one in app.ownership), "ready")
            await room.feed([Event(anna, n, way=(1, 0, 1, 0)) for n in range(3)])
            await room.until_counted(3 * times)
            counts = {each.number: each.progress.handed_on for each in app.ownership}
        assert counts == {1: (3 * times, 0, 3 * times), 0: (0, 3 * times)}
