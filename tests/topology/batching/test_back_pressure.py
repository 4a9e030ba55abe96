"""Back pressure: the consumer pauses a partition whose queue is full, and resumes it later."""

import pytest

from tests.topology.batching.conftest import OpenRoom
from tests.topology.batching.counting import Event, assert_same, expected_verdict
from tests.topology.batching.room import Room
from topology.batching.fetch import Fetch
from topology.batching.ownership import Ownership

PADDING = b"." * 20_000
"""With this padding a fetch has about fifty records."""


def wide_events(room: Room, number: int) -> list[Event]:
    """Make events of one partition with long keys."""
    keys = [key for n in range(20) if room.place(key := b"%d%s" % (n, PADDING)) == 0]
    return [Event(keys[n % len(keys)], n) for n in range(number)]


async def test_a_partition_is_fetched_again_as_soon_as_it_has_drained(
    open_room: OpenRoom,
) -> None:
    """It is full again and again, and does not wait for the other partitions without records."""
    room = await open_room(max_batch=50, high_water=50)
    events = wide_events(room, 800)
    await room.feed(events)
    async with room.running():
        await room.until_counted(50)
        await room.until_counted(len(events))
    assert_same(await room.verdict(), expected_verdict(events))


async def test_no_more_than_the_high_water_and_a_fetch_wait_in_memory(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size of the source and the speed of the handler do not matter."""
    room = await open_room(max_batch=20, high_water=60, partitions=1, sources=1)
    events = wide_events(room, 800)
    await room.feed(events)
    held_back: list[int] = []
    offer = Ownership.offer

    async def watched(self: Ownership, fetch: Fetch) -> None:
        await offer(self, fetch)
        held_back.extend(len(partition._batches.intake) for partition in self)

    monkeypatch.setattr(Ownership, "offer", watched)
    async with room.running():
        await room.until_counted(len(events))
    assert len(held_back) > 10
    assert max(held_back) <= 60 + 110, "more than the high water and two fetches"
    assert_same(await room.verdict(), expected_verdict(events))
