"""One partition of the triggers, with a lane for each subscription."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from aiokafka.errors import KafkaError, ProducerFenced

from schemas.contract import Contract
from services.platform.faults import FaultError
from services.platform.frames import frames_of
from services.platform.outage import Backoff, Outage
from services.platform.run_until_first_exits import end, run_until_first_exits
from services.webhooks.delivery_worker import DeliveryWorker, Dependencies
from services.webhooks.erasure import Forgetting
from services.webhooks.journal import Journal, open_journal
from services.webhooks.set_aside import Aside, Fault
from services.webhooks.subscriptions import Directory, Subscription
from services.webhooks.topics import fault_key

FENCED_S: Final = 5.0
"""Long enough to hear from the group that the partition is somebody else's."""
AWAY: Final = (FaultError, KafkaError, OSError, TimeoutError)
"""What is raised while Kafka is away. Anything else is a fault of our own."""


@dataclass(frozen=True, slots=True)
class _Queue:
    delivery_worker: DeliveryWorker
    task: "asyncio.Task[None]"


class PartitionWork:
    """Delivers what one partition holds, for as long as this process owns it."""

    def __init__(self, number: int, around: Dependencies) -> None:
        self.number = number
        self._around = around
        self._log = around.log.bind(partition=number)
        self._kafka = Outage(self._log, "kafka")
        self._queues: dict[str, _Queue] = {}
        self._wake = asyncio.Event()
        self._stopping = False

    def __iter__(self) -> Iterator[DeliveryWorker]:
        """The lanes at work."""
        return iter([queue.delivery_worker for queue in self._queues.values()])

    def stop(self) -> None:
        """Start nothing more; `run` ends soon."""
        self._stopping = True
        self._wake.set()

    def look(self) -> None:
        """The subscriptions have changed, or somebody was erased."""
        self._wake.set()
        for queue in self._queues.values():
            queue.delivery_worker.look()

    async def run(self) -> None:
        """Deliver until told to stop. Kafka away: it says so once, waits and goes on."""
        backoff = Backoff()
        while not self._stopping:
            pause = backoff.pause_s()
            try:
                await self._live(backoff)
            except ProducerFenced:
                self._log.warning("fenced", then="waiting for whose partition it is")
                pause = FENCED_S
            except AWAY as error:
                self._kafka.away(str(error) or type(error).__name__)
            if not self._stopping:
                await asyncio.sleep(pause)

    async def _live(self, backoff: Backoff) -> None:
        place = (self._around.names, self.number)
        async with open_journal(self._around.kafka, self._around.security, *place) as journal:
            self._kafka.back()
            backoff.reset()
            await run_until_first_exits(journal.run(), self._manage(journal))

    async def _manage(self, journal: Journal) -> None:
        known: frozenset[str] = frozenset()
        around = self._around
        forgetting = Forgetting(
            self.number, journal, around.erased, around.metrics, around.open_reader
        )
        aside, clock = Aside(journal.stored), self._around.clock
        try:
            while not self._stopping:
                self._wake.clear()
                await self._set_ended_aside(aside, journal)
                directory = self._around.subscriptions.directory()
                self._update(directory, aside, journal)
                await self._forgive(directory, aside, journal)
                known = await self._forget_deleted(directory, known, journal)
                await forgetting.forget(self._queues.keys())
                await self._resend(directory)
                await clock.wait(self._wake, aside.next_due(clock.now()))
            for queue in self._queues.values():
                queue.delivery_worker.stop()
            await asyncio.gather(*(queue.task for queue in self._queues.values()))
        finally:
            await end([queue.task for queue in self._queues.values()])
            self._queues.clear()

    async def _set_ended_aside(self, aside: Aside, journal: Journal) -> None:
        """Take away the lanes that have ended; set those aside that a fault of our own has ended.

        Raises:
            KafkaError, FaultError, OSError: Kafka is away, for all of them.
        """
        faults: dict[str, Contract | None] = {}
        for subscription_id, queue in list(self._queues.items()):
            if not queue.task.done():
                continue
            del self._queues[subscription_id]
            error = queue.task.exception()
            if isinstance(error, AWAY):
                raise error
            if error is not None:
                fault = aside.add(
                    queue.delivery_worker.subscription, error, self._around.clock.now()
                )
                self._report(subscription_id, error, fault)
                faults[fault_key(subscription_id, self.number)] = fault
        if faults:
            await journal.write(faults)

    def _report(self, subscription_id: str, error: BaseException, fault: Fault) -> None:
        self._around.metrics.saw_fault(subscription_id)
        if fault.count == 1:
            self._log.error(
                "lane_set_aside",
                subscription=subscription_id,
                error=type(error).__name__,
                where=frames_of(error),
                then="the others go on, and it is tried again, with growing pauses",
            )

    async def _forgive(self, directory: Directory, aside: Aside, journal: Journal) -> None:
        active = {each.id for each in directory.active()}
        well = aside.forgive(active, self._around.clock.now())
        if well:
            self._log.info("lane_goes_on", subscriptions=well)
            await journal.write(dict.fromkeys(fault_key(each, self.number) for each in well))

    def _update(self, directory: Directory, aside: Aside, journal: Journal) -> None:
        active = {each.id: each for each in directory.active()}
        for subscription_id, queue in self._queues.items():
            newer = active.get(subscription_id)
            if newer is None or newer.enabled_at != queue.delivery_worker.subscription.enabled_at:
                queue.delivery_worker.stop()
            else:
                queue.delivery_worker.subscription = (
                    newer  # Its URL, filters and secrets count from now on.
                )
        now = self._around.clock.now()
        for subscription_id in active.keys() - self._queues.keys():
            if aside.may_start(active[subscription_id], now):
                self._queues[subscription_id] = self._start(active[subscription_id], journal)

    def _start(self, subscription: Subscription, journal: Journal) -> _Queue:
        delivery_worker = DeliveryWorker(
            subscription, self.number, journal, self._around, self.look
        )
        task = asyncio.create_task(delivery_worker.run())
        task.add_done_callback(lambda _: self.look())
        return _Queue(delivery_worker, task)

    async def _forget_deleted(
        self, directory: Directory, known: frozenset[str], journal: Journal
    ) -> frozenset[str]:
        """Take away what is stored of subscriptions that were there before and are no longer."""
        deleted = known - directory.subscriptions.keys()
        forgotten = deleted - self._queues.keys()  # A lane that is about to end stores its end.
        keys = [key for key in journal.stored if key.split("/")[0] in forgotten]
        if keys:
            await journal.write(dict.fromkeys(keys))
        return frozenset(directory.subscriptions) | (deleted - forgotten)

    async def _resend(self, directory: Directory) -> None:
        for wish in directory.resends:
            queue = self._queues.get(wish.subscription_id)
            if (
                wish.partition == self.number
                and queue is not None
                and queue.delivery_worker.started
            ):
                await queue.delivery_worker.resend(wish.offset)
                await self._around.subscriptions.fulfilled(wish)
