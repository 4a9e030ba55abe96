"""Back pressure: the consumer pauses a partition whose queue is full, and resumes it later."""

import pytest

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import Event, assert_same, expected_verdict
from tests.topology.batching.sandbox import Sandbox
from topology.batching.fetch import Fetch
from topology.batching.ownership import Ownership

PADDING = b"." * 20_000
"""With this padding a fetch has about fifty records."""


def wide_events(sandbox: Sandbox, number: int) -> list[Event]:
    """Make events of one partition with long keys."""
    keys = [key for n in range(20) if sandbox.place(key := b"%d%s" % (n, PADDING)) == 0]
    return [Event(keys[n % len(keys)], n) for n in range(number)]


async def test_a_partition_is_fetched_again_as_soon_as_it_has_drained(
    open_sandbox: OpenSandbox,
) -> None:
    """It is full again and again, and does not wait for the other partitions without records."""
    sandbox = await open_sandbox(max_batch=50, high_water=50)
    events = wide_events(sandbox, 800)
    await sandbox.feed(events)
    async with sandbox.running():
        await sandbox.until_counted(50)
        await sandbox.until_counted(len(events))
    assert_same(await sandbox.verdict(), expected_verdict(events))


async def test_no_more_than_the_high_water_and_a_fetch_wait_in_memory(
    open_sandbox: OpenSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size of the source and the speed of the handler do not matter."""
    sandbox = await open_sandbox(max_batch=20, high_water=60, partitions=1, sources=1)
    events = wide_events(sandbox, 800)
    await sandbox.feed(events)
    held_back: list[int] = []
    offer = Ownership.offer

    async def watched(self: Ownership, fetch: Fetch) -> None:
        await offer(self, fetch)
        held_back.extend(len(partition._batches.intake) for partition in self)

    monkeypatch.setattr(Ownership, "offer", watched)
    async with sandbox.running():
        await sandbox.until_counted(len(events))
    assert len(held_back) > 10
    assert max(held_back) <= 60 + 110, "more than the high water and two fetches"
    assert_same(await sandbox.verdict(), expected_verdict(events))
