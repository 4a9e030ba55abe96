"""The partitions of this process: a worker that ends without being asked, and leaving in order."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from aiokafka import TopicPartition
from structlog.testing import capture_logs

from services.webhooks import journal, membership
from services.webhooks.journal import read_compacted
from services.webhooks.membership import AssignedPartitions
from tests.services.webhooks.receiver import receiving
from tests.services.webhooks.world import PARTITIONS, World, partition_of, triggers
from tests.topology.batching.kafka import producing
from tests.waits import LONGEST_WAIT_S


class SlowWorker:
    """A worker of a partition that takes its time to stop."""

    stopping = asyncio.Event()
    may_end = asyncio.Event()
    ended = False

    def __init__(self, number: int, _dependencies: object) -> None:
        self.number = number

    def stop(self) -> None:
        self.stopping.set()

    async def run(self) -> None:
        await self.may_end.wait()
        type(self).ended = True


class Silent:
    """Dependencies of which nothing but the log is used."""

    class log:  # noqa: N801
        @staticmethod
        def info(*_: Any, **__: Any) -> None:
            pass


async def test_leaving_waits_for_the_workers_however_often_it_is_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise the loop would end before it closes their clients."""
    monkeypatch.setattr(membership, "PartitionWorker", SlowWorker)
    assigned = AssignedPartitions(Silent())  # type: ignore[arg-type]
    await assigned.on_partitions_assigned([TopicPartition("triggers", 0)])
    leaving = asyncio.create_task(assigned.leave())
    async with asyncio.timeout(LONGEST_WAIT_S):
        await SlowWorker.stopping.wait()
        for _ in range(3):
            leaving.cancel()
            for _ in range(5):
                await asyncio.sleep(0)
        assert not leaving.done()
        SlowWorker.may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await leaving
    assert SlowWorker.ended


@pytest.mark.e2e
async def test_a_fenced_partition_is_taken_back(world: World) -> None:
    """Kafka fences the journal, as after a transaction that took too long."""
    [first, second] = triggers(["c-1"], each=2)
    partition = partition_of(first)
    with receiving() as receiver, capture_logs() as logs:
        await world.subscribe(receiver.url)
        async with world.delivering() as process:
            await world.fire(first)
            await receiver.until(1)
            async with producing(world.kafka, transactional_id=f"{world.names.group}-{partition}"):
                await world.fire(second)
                await receiver.until(2)
                await _until_logged(logs, "fenced")
            await world.fire(*triggers(["c-1"], first=3))
            await receiver.until(3)
            process.raise_failed()
            await process.until_partitions(PARTITIONS)
    [fenced] = [each for each in logs if each["event"] == "fenced"]
    assert fenced["partition"] == partition


@pytest.mark.e2e
async def test_a_partition_whose_worker_is_cancelled_by_nobody_is_set_aside_and_started_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not end delivery, as if somebody had asked for that."""
    cancelled: list[int] = []

    async def cancelled_once(*place: Any) -> Mapping[str, bytes]:
        if place[-1] == 0 and not cancelled:
            cancelled.append(0)
            raise asyncio.CancelledError
        return await read_compacted(*place)

    monkeypatch.setattr(journal, "read_compacted", cancelled_once)
    with receiving() as receiver, capture_logs() as logs:
        await world.subscribe(receiver.url)
        async with world.delivering() as process:
            await process.until_faults(1)
            world.clock.skip(seconds=2)
            await world.fire(*triggers(["c-1", "c-2"]))
            await receiver.until(2)
            process.raise_failed()
    [set_aside] = [each for each in logs if each["event"] == "partition_set_aside"]
    assert set_aside["partition"] == 0
    assert set_aside["error"] == "UnrequestedCancellationError"
    assert any(each.endswith(" cancelled_once") for each in set_aside["where"])


async def _until_logged(logs: list[Any], event: str) -> None:
    async with asyncio.timeout(LONGEST_WAIT_S):
        while not any(each["event"] == event for each in logs):
            await asyncio.sleep(0.01)
