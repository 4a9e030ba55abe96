"""The effects of rebalances and failures on a worker's partitions."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from faust.types import TP

from services.tools.local_stack.ports import free_port
from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import Counting, Event, expected_verdict
from tests.topology.batching.idle import Consumer
from tests.topology.batching.kafka import eventually
from tests.topology.batching.sandbox import Sandbox
from topology.batching.config import BatchConfig
from topology.batching.errors import CommitFailedError, FencedError
from topology.batching.fetch import Fetch
from topology.batching.handler import Changes, Row
from topology.batching.handlers import OneHandler
from topology.batching.ownership import Ownership
from topology.batching.partition import Partition
from topology.batching.restore import Restored, restore
from topology.batching.writer import TransactionalWriter


class Worker:
    """An ownership on the real Kafka. The test makes its assignments."""

    def __init__(self, config: BatchConfig, handler: Counting) -> None:
        self.consumer = Consumer()
        self.fatal: list[BaseException] = []
        self.ownership = Ownership(config, OneHandler(handler), lambda: 1_000.0, self.fatal.append)
        self.ownership.connect(self.consumer, self.consumer)

    @property
    def mine(self) -> dict[int, Partition]:
        return {one.number: one for one in self.ownership}

    async def assigned(self, numbers: Iterable[int], generation: int) -> dict[int, Partition]:
        """Assign partitions, and wait until all of them are ready and no other is closing."""
        wanted = set(numbers)
        self.ownership.assign(wanted, generation)
        await eventually(
            lambda: (
                self.mine.keys() == wanted
                and all(one.is_ready for one in self.ownership)
                and not self.ownership._tasks
            ),
            f"ready with {wanted}",
        )
        return self.mine


async def fail(partition: Partition, error: Exception) -> None:
    """Make a partition fail with an error."""

    async def work() -> None:
        raise error

    await partition._guard(work())


@pytest.fixture
async def sandbox(open_sandbox: OpenSandbox) -> Sandbox:
    return await open_sandbox(partitions=4, sources=1)


@pytest.fixture
async def worker(sandbox: Sandbox) -> AsyncIterator[Worker]:
    made = Worker(sandbox.config, sandbox.handler)
    yield made
    await made.ownership.revoke()
    await made.ownership.close()


async def test_a_partition_that_stays_keeps_its_rows(worker: Worker) -> None:
    """In the next generation it continues at once. Only the new partition is restored."""
    before = await worker.assigned([0, 1], 5)
    await worker.ownership.revoke()
    after = await worker.assigned([1, 2], 6)
    assert after[1] is before[1]
    assert 0 not in after


async def test_a_partition_that_stays_continues_after_its_last_batch(
    worker: Worker, sandbox: Sandbox
) -> None:
    """It does not ask the broker, whose answer may be stale until the marker is written."""
    await worker.assigned([0], 5)
    tp = TP(sandbox.config.sources[0], 0)
    record = ConsumerRecord(tp.topic, 0, 6, 0, 0, b"anna", b"1 1", None, 0, 0, ())
    await worker.ownership.offer(Fetch(tp, 1, 0, 9, [record]))
    await eventually(lambda: worker.ownership.find(b"anna") is not None, "the record taken")
    await worker.ownership.revoke()
    await worker.assigned([0], 6)
    assert worker.consumer.sought == [{tp: 0}, {tp: 9}]


async def test_a_predecessor_is_fenced_before_its_rows_are_read(
    worker: Worker, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else rows that it writes after the restore would be missing."""
    predecessor = TransactionalWriter(sandbox.config, 0)
    await predecessor.open()
    calls: list[str] = []

    async def restore_slowly(*arguments: Any) -> Restored:
        found = await restore(*arguments)
        with pytest.raises(FencedError):
            await predecessor.write(Changes({b"anna": Row(b"late", None)}), {})
        calls.append("fenced")
        return found

    monkeypatch.setattr("topology.batching.opening.restore", restore_slowly)
    await worker.assigned([0], 5)
    await predecessor.close()
    assert calls == ["fenced"]


async def test_a_worker_that_missed_a_generation_restores_everything(worker: Worker) -> None:
    """Another worker may have committed in between, so its rows may be stale."""
    before = await worker.assigned([0, 1], 5)
    await worker.ownership.revoke()
    after = await worker.assigned([0, 1], 7)
    assert after[0] is not before[0]
    assert after[1] is not before[1]


async def test_a_worker_that_rejoins_within_a_generation_keeps_its_rows(worker: Worker) -> None:
    """A follower that rejoins gets the same generation: no other worker had its partitions."""
    before = await worker.assigned([0, 1], 5)
    await worker.ownership.revoke()
    after = await worker.assigned([0, 1], 5)
    assert after == before


async def test_a_partition_that_failed_is_opened_again(worker: Worker) -> None:
    """The worker drops it and rejoins. The other partitions stay."""
    before = await worker.assigned([0, 1], 5)
    await fail(before[0], CommitFailedError("the broker refused it"))
    await eventually(lambda: worker.consumer.rejoins == 1, "a rejoin")
    assert worker.mine.keys() == {1}
    await worker.ownership.revoke()
    after = await worker.assigned([0, 1], 6)
    assert after[1] is before[1]
    assert after[0] is not before[0]
    assert worker.fatal == []


@pytest.mark.parametrize(
    "error", [ValueError("a fault in the handler"), LookupError("records are gone")]
)
async def test_an_error_that_no_assignment_would_fix_ends_the_worker(
    worker: Worker, error: Exception
) -> None:
    """The worker does not rejoin, since the next owner would fail as well."""
    mine = await worker.assigned([0], 5)
    await fail(mine[0], error)
    assert worker.fatal == [error]
    assert worker.consumer.rejoins == 0


async def test_a_partition_that_is_revoked_before_it_was_ready_is_opened_again(
    worker: Worker,
) -> None:
    """The worker does not reuse the rows of an interrupted restore."""
    worker.ownership.assign([0, 1], 5)
    before = worker.mine
    await asyncio.sleep(0)
    await worker.ownership.revoke()
    after = await worker.assigned([0, 1], 6)
    assert after[0] is not before[0]
    assert after[1] is not before[1]


async def test_a_partition_may_be_revoked_right_after_its_assignment(worker: Worker) -> None:
    """Its task has not begun yet."""
    worker.ownership.assign([0], 5)
    await worker.ownership.revoke()
    await worker.assigned([], 6)


async def test_a_partition_that_moved_on_meanwhile_is_not_opened(
    worker: Worker, sandbox: Sandbox
) -> None:
    """Another rebalance revokes it while its former object closes: another worker owns it."""
    opened = await worker.assigned([0], 5)
    hold = asyncio.Event()
    close = opened[0].close

    async def close_slowly(*, takes_snapshot: bool = False) -> None:
        await hold.wait()
        await close(takes_snapshot=takes_snapshot)

    opened[0].close = close_slowly  # type: ignore[method-assign]
    await worker.ownership.revoke()
    worker.ownership.assign([0], 7)
    await worker.ownership.revoke()
    worker.ownership.assign([], 8)
    hold.set()
    await eventually(lambda: not worker.ownership._tasks, "all closed")
    assert worker.mine == {}, "a worker that opens what it does not own fences the owner"


async def test_a_late_failure_of_a_replaced_partition_does_not_affect_the_new_one(
    worker: Worker,
) -> None:
    """The older of two objects for the same partition fails: the newer one continues."""
    before = await worker.assigned([0], 5)
    await worker.ownership.revoke()
    after = await worker.assigned([0], 7)
    await fail(before[0], FencedError("another worker has it"))
    await eventually(lambda: not worker.ownership._tasks, "all settled")
    assert worker.mine == after
    assert worker.consumer.rejoins == 0


async def test_the_worker_rejoins_if_the_broker_is_away(sandbox: Sandbox) -> None:
    """It releases a partition that it can't open, and continues to run."""
    config = BatchConfig("nobody", f"127.0.0.1:{free_port()}", ("source",), "changelog", 1)
    worker = Worker(config, sandbox.handler)
    worker.ownership.assign([0], 1)
    await eventually(lambda: worker.consumer.rejoins == 1, "a rejoin")
    assert worker.fatal == []
    await worker.ownership.close()


async def test_the_rows_of_all_its_partitions_are_found(worker: Worker, sandbox: Sandbox) -> None:
    """They are restored from the changelog, and released with the partition."""
    events = [Event(b"key-%d" % n, n) for n in range(40)]
    await sandbox.feed(events)
    async with sandbox.running():
        await sandbox.until_counted(len(events))
    mine = {event.key for event in events if sandbox.place(event.key) in (1, 2)}
    await worker.assigned([1, 2], 1)
    found = {event.key for event in events if worker.ownership.find(event.key) is not None}
    assert found == mine
    tally = expected_verdict(events).rows[next(iter(mine))]
    assert worker.ownership.find(next(iter(mine))) == tally.encode()
    await worker.ownership.revoke()
    await worker.assigned([], 2)
    assert not any(worker.ownership.find(key) for key in mine)
