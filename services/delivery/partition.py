"""One partition of the triggers, with a lane for each subscription."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from aiokafka.errors import KafkaError, ProducerFenced

from services.delivery.courier import Courier
from services.delivery.directory import Directory
from services.delivery.forgetting import Forgetting
from services.delivery.journal import Journal, open_journal
from services.delivery.subscription import Subscription
from services.delivery.subscriptions import Subscriptions
from services.delivery.surroundings import Surroundings
from services.faults import FaultError
from services.outage import Outage, Patience
from services.together import end, together

FENCED_S: Final = 5.0
"""Long enough to hear from the group that the partition is somebody else's."""


@dataclass(frozen=True, slots=True)
class _Lane:
    courier: Courier
    task: "asyncio.Task[None]"


class PartitionWork:
    """Delivers what one partition holds, for as long as this process owns it."""

    def __init__(self, number: int, subscriptions: Subscriptions, around: Surroundings) -> None:
        self._number = number
        self._subscriptions = subscriptions
        self._around = around
        self._log = around.log.bind(partition=number)
        self._kafka = Outage(self._log, "kafka")
        self._lanes: dict[str, _Lane] = {}
        self._wake = asyncio.Event()
        self._stopping = False

    def __iter__(self) -> Iterator[Courier]:
        """The lanes at work."""
        return iter([lane.courier for lane in self._lanes.values()])

    def stop(self) -> None:
        """Start nothing more; `run` ends soon."""
        self._stopping = True
        self._wake.set()

    def look(self) -> None:
        """The subscriptions have changed, or somebody was erased."""
        self._wake.set()
        for lane in self._lanes.values():
            lane.courier.look()

    async def run(self) -> None:
        """Deliver until told to stop. Kafka away: it says so once, waits and goes on."""
        patience = Patience()
        while not self._stopping:
            pause = patience.pause_s()
            try:
                await self._live(patience)
            except ProducerFenced:
                self._log.warning("fenced", then="waiting for whose partition it is")
                pause = FENCED_S
            except (FaultError, KafkaError, OSError, TimeoutError) as error:
                self._kafka.away(str(error) or type(error).__name__)
            if not self._stopping:
                await asyncio.sleep(pause)

    async def _live(self, patience: Patience) -> None:
        place = (self._around.names, self._number)
        async with open_journal(self._around.kafka, self._around.security, *place) as journal:
            self._kafka.back()
            patience.reset()
            await together(journal.run(), self._manage(journal))

    async def _manage(self, journal: Journal) -> None:
        known: frozenset[str] = frozenset()
        forgetting = Forgetting(self._number, journal, self._around)
        try:
            while not self._stopping:
                self._wake.clear()
                self._raise_or_remove_ended()
                directory = self._subscriptions.directory()
                self._update(directory, journal)
                known = await self._forget_deleted(directory, known, journal)
                await forgetting.forget(self._lanes.keys())
                await self._resend(directory)
                await self._wake.wait()
            for lane in self._lanes.values():
                lane.courier.stop()
            await asyncio.gather(*(lane.task for lane in self._lanes.values()))
        finally:
            await end([lane.task for lane in self._lanes.values()])
            self._lanes.clear()

    def _raise_or_remove_ended(self) -> None:
        for subscription_id, lane in list(self._lanes.items()):
            if lane.task.done():
                lane.task.result()
                del self._lanes[subscription_id]

    def _update(self, directory: Directory, journal: Journal) -> None:
        active = {each.id: each for each in directory.active()}
        for subscription_id, lane in self._lanes.items():
            now = active.get(subscription_id)
            if now is None or now.enabled_at != lane.courier.subscription.enabled_at:
                lane.courier.stop()
            else:
                lane.courier.subscription = now  # Its URL, filters and secrets count from now on.
        for subscription_id in active.keys() - self._lanes.keys():
            self._lanes[subscription_id] = self._start(active[subscription_id], journal)

    def _start(self, subscription: Subscription, journal: Journal) -> _Lane:
        courier = Courier(subscription, self._number, journal, self._around, self.look)
        task = asyncio.create_task(courier.run())
        task.add_done_callback(lambda _: self.look())
        return _Lane(courier, task)

    async def _forget_deleted(
        self, directory: Directory, known: frozenset[str], journal: Journal
    ) -> frozenset[str]:
        """Take away what is stored of subscriptions that were there before and are no longer."""
        deleted = known - directory.subscriptions.keys()
        forgotten = deleted - self._lanes.keys()  # A lane that is about to end stores its end.
        keys = [key for key in journal.stored if key.split("/")[0] in forgotten]
        if keys:
            await journal.write(dict.fromkeys(keys))
        return frozenset(directory.subscriptions) | (deleted - forgotten)

    async def _resend(self, directory: Directory) -> None:
        for wish in directory.resends:
            lane = self._lanes.get(wish.subscription_id)
            if wish.partition == self._number and lane is not None and lane.courier.started:
                await lane.courier.resend(wish.offset)
                await self._subscriptions.fulfilled(wish)
