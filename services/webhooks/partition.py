"""Works one partition of the triggers, with a delivery worker for each subscription."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from aiokafka.errors import KafkaError, ProducerFenced

from schemas.contract import Contract
from services.platform.faults import FaultError
from services.platform.outage import Backoff, Outage
from services.platform.redact import frames_of
from services.platform.tasks import end, error_of, run_until_first_exits
from services.webhooks.delivery_worker import DeliveryWorker, WorkerDependencies
from services.webhooks.erasure import ErasureCleanup
from services.webhooks.journal import Journal, open_journal
from services.webhooks.set_aside import Fault, SetAsideQueues
from services.webhooks.subscriptions import Directory, Subscription
from services.webhooks.topics import fault_key

FENCED_S: Final = 5.0
"""Long enough for the group to tell this process that another one has the partition."""
AWAY: Final = (FaultError, KafkaError, OSError, TimeoutError)
"""These exceptions mean that Kafka is away. Any other is a fault of our own."""


@dataclass(frozen=True, slots=True)
class _Running:
    worker: DeliveryWorker
    task: "asyncio.Task[None]"


class PartitionWorker:
    """Delivers the triggers of one partition, for as long as this process has it."""

    def __init__(self, number: int, dependencies: WorkerDependencies) -> None:
        self.number = number
        self._dependencies = dependencies
        self._log = dependencies.log.bind(partition=number)
        self._kafka = Outage(self._log, "kafka")
        self._running: dict[str, _Running] = {}
        self._wake = asyncio.Event()
        self._stopping = False

    def __iter__(self) -> Iterator[DeliveryWorker]:
        """Iterate over the delivery workers."""
        return iter([running.worker for running in self._running.values()])

    def stop(self) -> None:
        """Start no more deliveries. `run` returns soon."""
        self._stopping = True
        self._wake.set()

    def notify_change(self) -> None:
        """Wake up: the subscriptions have changed, or somebody was erased."""
        self._wake.set()
        for running in self._running.values():
            running.worker.recheck_erasures()

    async def run(self) -> None:
        """Deliver until `stop`. While Kafka is away, log that once and wait for it."""
        backoff = Backoff()
        while not self._stopping:
            pause = backoff.pause_s()
            try:
                await self._run_with_journal(backoff)
            except ProducerFenced:
                self._log.warning("fenced")
                pause = FENCED_S
            except AWAY as error:
                self._kafka.away(str(error) or type(error).__name__)
            if not self._stopping:
                await asyncio.sleep(pause)

    async def _run_with_journal(self, backoff: Backoff) -> None:
        place = (self._dependencies.names, self.number)
        async with open_journal(
            self._dependencies.kafka, self._dependencies.security, *place
        ) as journal:
            self._kafka.back()
            backoff.reset()
            await run_until_first_exits(journal.run(), self._run_workers(journal))

    async def _run_workers(self, journal: Journal) -> None:
        known: frozenset[str] = frozenset()
        given = self._dependencies
        set_aside, clock = SetAsideQueues(journal.stored), given.clock
        erasure_cleanup = ErasureCleanup(
            self.number, journal, given.erased, given.metrics, given.open_trigger_reader
        )
        try:
            while not self._stopping:
                self._wake.clear()
                await self._set_failed_aside(set_aside, journal)
                directory = given.subscriptions.directory()
                self._update_workers(directory, set_aside, journal)
                await self._release_recovered(directory, set_aside, journal)
                known = await self._remove_deleted(directory, known, journal)
                await erasure_cleanup.remove_erased(self._running.keys())
                await self._resend(directory)
                await clock.wait(self._wake, set_aside.next_due(clock.now()))
            for running in self._running.values():
                running.worker.stop()
            await asyncio.gather(*(running.task for running in self._running.values()))
        finally:
            await end([running.task for running in self._running.values()])
            self._running.clear()

    async def _set_failed_aside(self, set_aside: SetAsideQueues, journal: Journal) -> None:
        """Remove the workers that have ended. Set those aside that a fault of our own has ended.

        Raises:
            KafkaError, FaultError, OSError: Kafka is away, for all workers.
        """
        faults: dict[str, Contract | None] = {}
        for subscription_id, running in list(self._running.items()):
            if not running.task.done():
                continue
            del self._running[subscription_id]
            error = error_of(running.task)
            if isinstance(error, AWAY):
                raise error
            if error is not None:
                fault = set_aside.add(
                    running.worker.subscription, error, self._dependencies.clock.now()
                )
                self._report(subscription_id, error, fault)
                faults[fault_key(subscription_id, self.number)] = fault
        if faults:
            await journal.write(faults)

    def _report(self, subscription_id: str, error: BaseException, fault: Fault) -> None:
        self._dependencies.metrics.record_fault(subscription_id)
        if fault.count == 1:
            self._log.error(
                "lane_set_aside",
                subscription=subscription_id,
                error=type(error).__name__,
                where=frames_of(error),
            )

    async def _release_recovered(
        self, directory: Directory, set_aside: SetAsideQueues, journal: Journal
    ) -> None:
        active = {each.id for each in directory.active()}
        recovered = set_aside.release_recovered(active, self._dependencies.clock.now())
        if recovered:
            self._log.info("lane_goes_on", subscriptions=recovered)
            await journal.write(dict.fromkeys(fault_key(each, self.number) for each in recovered))

    def _update_workers(
        self, directory: Directory, set_aside: SetAsideQueues, journal: Journal
    ) -> None:
        active = {each.id: each for each in directory.active()}
        for subscription_id, running in self._running.items():
            newer = active.get(subscription_id)
            if newer is None or newer.enabled_at != running.worker.subscription.enabled_at:
                running.worker.stop()
            else:
                # Its URL, filters and secrets count from now on.
                running.worker.subscription = newer
        now = self._dependencies.clock.now()
        for subscription_id in active.keys() - self._running.keys():
            if set_aside.may_start(active[subscription_id], now):
                self._running[subscription_id] = self._start(active[subscription_id], journal)

    def _start(self, subscription: Subscription, journal: Journal) -> _Running:
        worker = DeliveryWorker(
            subscription, self.number, journal, self._dependencies, self.notify_change
        )
        task = asyncio.create_task(worker.run())
        task.add_done_callback(lambda _: self.notify_change())
        return _Running(worker, task)

    async def _remove_deleted(
        self, directory: Directory, known: frozenset[str], journal: Journal
    ) -> frozenset[str]:
        """Remove what is stored of subscriptions that were known and are deleted now."""
        deleted = known - directory.subscriptions.keys()
        removable = deleted - self._running.keys()  # A worker that is about to stop still writes.
        keys = [key for key in journal.stored if key.split("/")[0] in removable]
        if keys:
            await journal.write(dict.fromkeys(keys))
        return frozenset(directory.subscriptions) | (deleted - removable)

    async def _resend(self, directory: Directory) -> None:
        for request in directory.resends:
            running = self._running.get(request.subscription_id)
            if request.partition == self.number and running is not None and running.worker.started:
                await running.worker.resend(request.offset)
                await self._dependencies.subscriptions.remove_request(request)
