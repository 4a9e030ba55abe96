"""A fault of our own sets one queue or partition aside; the others go on."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from services.webhooks.erasure import ErasureCleanup
from services.webhooks.partition_queue import PartitionQueue, after_attempt
from services.webhooks.set_aside import (
    MAX_PAUSE,
    RECOVERED_AFTER,
    Fault,
    SetAsideQueues,
    fault_after,
)
from services.webhooks.subscriptions import Subscription
from services.webhooks.topics import encoded, fault_key, queue_key
from tests.services.webhooks.receiver import receiving
from tests.services.webhooks.subscriptions import subscription
from tests.services.webhooks.world import PARTITIONS, World, partition_of, triggers
from tests.waits import LONGEST_WAIT_S

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class OwnError(Exception):
    """An error that nobody expected."""


@given(st.lists(st.floats(0, 200), max_size=30))
def test_pauses_grow_while_faults_follow_each_other(lived: list[float]) -> None:
    now: datetime = NOW
    fault: Fault | None = None
    for seconds in lived:
        before, fault = fault, fault_after(fault, OwnError(), now)
        assert timedelta(0) < fault.again_at - now <= MAX_PAUSE
        goes_on = before is not None and not before.is_recovered(now)
        assert fault.count == (before.count + 1 if before is not None and goes_on else 1)
        now = fault.again_at + timedelta(seconds=seconds)


def test_a_queue_is_tried_again_after_a_pause_or_when_its_subscription_changes() -> None:
    set_aside, one = SetAsideQueues({}), subscription()
    fault = set_aside.add(one, OwnError("c-42"), NOW)

    assert not set_aside.may_start(one, NOW)
    assert set_aside.may_start(subscription("other"), NOW)
    assert set_aside.may_start(subscription(url="https://y"), NOW)
    assert set_aside.next_due(NOW) == fault.again_at
    assert set_aside.may_start(one, fault.again_at)
    assert set_aside.release_recovered({"s"}, fault.again_at) == []
    assert set_aside.release_recovered({"s"}, fault.again_at + RECOVERED_AFTER) == ["s"]
    assert set_aside.next_due(NOW) is None
    assert "c-42" not in fault.reason


def test_another_process_tries_at_once_and_continues_the_count() -> None:
    fault = SetAsideQueues({}).add(subscription(), OwnError(), NOW)
    stored = {fault_key("s", 3): encoded(fault), fault_key("t", 3): b"{"}
    set_aside = SetAsideQueues(stored)
    assert set_aside.may_start(subscription(), NOW)
    assert set_aside.add(subscription(), OwnError(), NOW).count == 2


@pytest.mark.e2e
async def test_a_fault_in_one_queue_stops_no_other_and_is_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty, really = {"s": True}, after_attempt

    def fail(queue: PartitionQueue, *arguments: object) -> object:
        if faulty["s"] and any(one.rule == "wake_up" for one in queue.open.values()):
            raise OwnError("c-1")
        return really(queue, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("services.webhooks.delivery_queue.after_attempt", fail)
    poison = triggers(["c-1"])[0].model_copy(update={"rule": "wake_up"})
    with receiving() as bad, receiving() as good, capture_logs() as logs:
        stopped = await world.subscribe(bad.url)
        await world.subscribe(good.url, rules=["win_back"])
        async with world.delivering() as process:
            await world.fire(poison)
            await process.until_figure("faults_total", stopped, 1)
            await world.fire(*triggers(["c-1", "c-2"], each=3, first=2))
            await good.until(6)
            await process.until_figure("delivered_total", stopped, 3)  # The other partition's.
            [fault] = await until_faults(world, stopped)
            assert fault.reason.startswith("OwnError in fail (test_set_aside.py:")
            world.clock.skip(seconds=2)
            await process.until_figure("faults_total", stopped, 2)
            faulty["s"] = False
            world.clock.skip(minutes=1)
            await process.until_figure("delivered_total", stopped, 7)
            world.clock.skip(minutes=10)
            await until_faults(world, stopped, count=0)
    logged = [log for log in logs if log["event"] == "lane_set_aside"]
    assert [(log["subscription"], log["error"]) for log in logged] == [(stopped.id, "OwnError")]
    assert "fail" in logged[0]["where"][-1]
    assert "c-1" not in str(logged)


@pytest.mark.e2e
async def test_progress_that_cant_be_decoded_stops_its_own_queue_only(world: World) -> None:
    """Also when somebody was erased, so that delivery checks all of the progress."""
    with receiving() as bad, receiving() as good:
        stopped = await world.subscribe(bad.url)
        await world.subscribe(good.url, rules=["win_back"])
        one = triggers(["c-1"])[0]
        await world.put_progress(partition_of(one), queue_key(stopped.id, partition_of(one)), b"{")
        await world.erase("somebody")
        async with world.delivering() as process:
            await world.fire(one)
            await good.until(1)
            await process.until_figure("faults_total", stopped, 1)
    assert not bad.got


@pytest.mark.e2e
async def test_a_fault_in_one_partition_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, faulty = ErasureCleanup.remove_erased, {0: True}

    async def remove_erased(self: ErasureCleanup, at_work: Mapping[str, object]) -> None:
        if faulty.get(self._partition):
            raise OwnError
        await really(self, at_work)

    monkeypatch.setattr(ErasureCleanup, "remove_erased", remove_erased)
    both = triggers(["c-1", "c-2"])
    assert {partition_of(each) for each in both} == set(range(PARTITIONS))
    with receiving() as receiver, capture_logs() as logs:
        await world.subscribe(receiver.url)
        async with world.delivering() as process:
            await world.fire(*both)
            await receiver.until(1)
            faulty[0] = False
            await process.until_faults(1)
            world.clock.skip(minutes=5)
            await receiver.until(2)
    assert len(set(receiver.ids)) == 2
    assert [log["partition"] for log in logs if log["event"] == "partition_set_aside"] == [0]


async def until_faults(world: World, whose: Subscription, count: int = 1) -> list[Fault]:
    """Wait until the progress has so many faults of a subscription."""

    def stored() -> list[Fault]:
        return [
            Fault.model_validate_json(value)
            for key, value in world.progress.items().items()
            if key.startswith(whose.id) and key.endswith("/fault")
        ]

    async with asyncio.timeout(LONGEST_WAIT_S):
        while len(stored()) != count:
            await world.progress.wait_change(world.progress.version)
    return stored()
