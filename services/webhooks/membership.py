"""A consumer group shares the partitions of the triggers among all processes that deliver.

The consumer of the group reads no record. It only tells this process which partitions it has.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Final, NoReturn

from aiokafka import ConsumerRebalanceListener, TopicPartition

from services.platform.kafka.clients import connected_consumer
from services.platform.redact import frames_of
from services.platform.tasks import end, error_of, uninterrupted
from services.webhooks.delivery_worker import WorkerDependencies
from services.webhooks.partition import PartitionWorker
from services.webhooks.set_aside import Fault, fault_after

SESSION_MS: Final = 6_000
HEARTBEAT_MS: Final = 1_000
POLL_MS: Final = 500
LEAVING_S: Final = 8.0
"""How long the workers of a partition may take to stop before another process gets it."""


class AssignedPartitions(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types
    """The partitions that the group has assigned to this process, each with its worker."""

    def __init__(self, dependencies: WorkerDependencies) -> None:
        self._dependencies = dependencies
        self._workers: dict[PartitionWorker, asyncio.Task[None]] = {}
        self._failed: dict[int, Fault] = {}
        self._faults: dict[int, Fault] = {}

    def __iter__(self) -> Iterator[PartitionWorker]:
        """Iterate over the workers of the partitions."""
        return iter(list(self._workers))

    def notify_change(self) -> None:
        """Notify all workers that the subscriptions have changed or that somebody was erased."""
        for worker in self._workers:
            worker.notify_change()

    def restart_failed(self) -> None:
        """Start a partition again after a pause, if a fault of our own has stopped it."""
        now = self._dependencies.clock.now()
        for worker, task in list(self._workers.items()):
            if task.done() and (error := error_of(task)) is not None:
                del self._workers[worker]
                self._failed[worker.number] = self._report(worker.number, error, now)
        for number, fault in list(self._failed.items()):
            if now >= fault.again_at:
                del self._failed[number]
                self._begin(number)

    def _report(self, number: int, error: BaseException, now: datetime) -> Fault:
        fault = self._faults[number] = fault_after(self._faults.get(number), error, now)
        self._dependencies.metrics.record_fault()
        if fault.count == 1:
            self._dependencies.log.error(
                "partition_set_aside",
                partition=number,
                error=type(error).__name__,
                where=frames_of(error),
            )
        return fault

    def _begin(self, number: int) -> None:
        worker = PartitionWorker(number, self._dependencies)
        self._workers[worker] = asyncio.create_task(worker.run())

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Start these partitions. The group does not wait for them."""
        for number in sorted(place.partition for place in assigned):
            self._begin(number)
        self._dependencies.log.info("partitions_assigned", partitions=len(assigned))

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:  # noqa: ARG002 - the group takes all back at once
        """Stop all partitions, after the deliveries in flight."""
        await self.leave()

    async def leave(self) -> None:
        """Stop all partitions: first in order, and after a while by cancelling them.

        A cancellation does not interrupt this: the workers would outlive their clients.
        """
        await uninterrupted(self._stop_workers())

    async def _stop_workers(self) -> None:
        ending, self._workers = self._workers, {}
        self._failed.clear()
        for worker in ending:
            worker.stop()
        if ending:
            await asyncio.wait(ending.values(), timeout=LEAVING_S)
        await end(list(ending.values()))


async def join_group(
    assigned: AssignedPartitions, dependencies: WorkerDependencies, on_start: Callable[[], None]
) -> NoReturn:
    """Join the group and deliver from the assigned partitions, until cancelled.

    Raises:
        KafkaError: Kafka is away.
    """
    async with connected_consumer(
        dependencies.kafka,
        dependencies.security,
        group_id=dependencies.names.group,
        auto_offset_reset="latest",
        session_timeout_ms=SESSION_MS,
        heartbeat_interval_ms=HEARTBEAT_MS,
    ) as consumer:
        try:
            consumer.subscribe([dependencies.names.triggers], listener=assigned)
            on_start()
            while True:
                # A member must poll now and then, or the group takes it for dead.
                consumer.pause(*consumer.assignment())
                await consumer.getmany(timeout_ms=POLL_MS)
                assigned.restart_failed()
        finally:
            await assigned.leave()
