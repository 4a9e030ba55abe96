"""Delivers to one subscription out of one partition: reads, sends and notes how it ended.

A delivery has ended once its end is committed to Kafka. Only then its place is free for the next
one, and only then the next trigger of the same customer starts. Whoever goes on after a crash
repeats at most the deliveries that were under way then: `AT_ONCE` of each lane.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from aiokafka import ConsumerRecord

from services.platform.run_until_first_exits import end, run_until_first_exits
from services.webhooks.delivery_queue import DeliveryQueue
from services.webhooks.dependencies import Dependencies
from services.webhooks.endpoint_log import EndpointLog
from services.webhooks.intake import read_onto
from services.webhooks.journal import Journal
from services.webhooks.message import UnreadableError, WebhookMessage, message_of
from services.webhooks.outcome import Ending, Failed, Forgotten
from services.webhooks.partition_queue import Verdict
from services.webhooks.reader import Reader, open_reader
from services.webhooks.restart import restart
from services.webhooks.subscription import Subscription, wants
from services.webhooks.upkeep import keep_saved

FINAL: Final = frozenset({Verdict.DELIVERED, Verdict.ERASED})
"""After these nothing is left of a delivery."""
LAST_ANSWERS_S: Final = 5.0
"""How long deliveries that are under way may take once the lane is to end."""


class DeliveryWorker:
    """Sends what is on a desk. `subscription` may be replaced by a newer version of it."""

    def __init__(
        self,
        subscription: Subscription,
        partition: int,
        journal: Journal,
        around: Dependencies,
        on_change: Callable[[], None],
    ) -> None:
        self.subscription = subscription
        self.started = False
        self._on_change = on_change
        self._partition = partition
        self._journal = journal
        self._around = around
        self._log = around.log.bind(subscription=subscription.id, partition=partition)
        self._endpoint = EndpointLog(self._log)
        self._delivery_queue = DeliveryQueue(subscription.id, partition, journal)
        self._under_way: set[asyncio.Task[None]] = set()
        self._error: BaseException | None = None
        self._stopping = False
        self._looking = True

    @property
    def subscription_id(self) -> str:
        """Whose lane it is."""
        return self.subscription.id

    @property
    def open(self) -> int:
        """How many triggers are read and not yet delivered."""
        return self._delivery_queue.open

    @property
    def oldest_ms(self) -> int | None:
        """When Kafka took the oldest of them, in milliseconds."""
        return self._delivery_queue.oldest_ms

    def stop(self) -> None:
        """Start nothing more; `run` ends once what is under way has ended, or soon."""
        self._stopping = True
        self._delivery_queue.woken.set()

    def look(self) -> None:
        """Look whether anything that is open is about somebody who was erased meanwhile."""
        self._looking = True
        self._delivery_queue.woken.set()

    async def run(self) -> None:
        """Deliver until told to stop.

        Raises:
            KafkaError: Kafka is away; whoever begins anew goes on where this one was.
        """
        async with self._reader() as reader:
            now = self._around.clock.now()
            restarted = await restart(
                self._journal, reader, self.subscription, self._partition, now
            )
            for lost in restarted.lost:
                self._log.warning("trigger_gone", offset=lost.offset)
            self._delivery_queue.go_on(restarted)
            self.started = True
            self._on_change()
            reading = read_onto(self._delivery_queue, reader, self._wants, self._log)
            saving = keep_saved(self._delivery_queue, reader, self._around.clock)
            await run_until_first_exits(reading, self._dispatch(), saving)

    async def resend(self, offset: int) -> None:
        """Open an exhausted delivery again. Nothing happens if it is none.

        Raises:
            KafkaError: Kafka is away.
        """
        if not self._delivery_queue.is_given_up(offset):
            return
        async with self._reader() as reader:
            found = (await reader.read_at([offset])).get(offset)
        if found is None:
            self._log.warning("trigger_gone", offset=offset)
        else:
            await self._reopen(found)

    async def _reopen(self, record: ConsumerRecord) -> None:
        try:
            message = message_of(record)
        except UnreadableError:
            self._log.warning("unreadable_trigger", offset=record.offset)
        else:
            await self._delivery_queue.reopen(message)
            self.look()

    def _reader(self) -> AbstractAsyncContextManager[Reader]:
        around = self._around
        return open_reader(around.kafka, around.security, around.names.triggers, self._partition)

    def _wants(self, message: WebhookMessage) -> bool:
        wanted = wants(self.subscription, message.rule, message.kind, holdout=message.holdout)
        if wanted and self._is_erased(message):
            self._around.metrics.saw(self.subscription.id, Verdict.ERASED)
            return False
        return wanted

    def _is_erased(self, message: WebhookMessage) -> bool:
        return self._around.erased.covers(message.customer_id, message.effective_at)

    async def _leave_out_erased(self) -> None:
        self._looking = False
        if count := await self._delivery_queue.leave_out(self._is_erased):
            self._around.metrics.saw(self.subscription.id, Verdict.ERASED, count)

    async def _dispatch(self) -> None:
        clock, delivery_queue = self._around.clock, self._delivery_queue
        try:
            while not self._stopping:
                delivery_queue.woken.clear()
                if self._looking:
                    await self._leave_out_erased()
                for message in delivery_queue.start(clock.now()):
                    self._start(message)
                await clock.wait(delivery_queue.woken, delivery_queue.next_due(clock.now()))
                if self._error is not None:
                    raise self._error
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=LAST_ANSWERS_S)
            await delivery_queue.save()
        finally:
            await end(self._under_way)

    def _start(self, message: WebhookMessage) -> None:
        task = asyncio.create_task(self._deliver(message))
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._error = error
            self._delivery_queue.woken.set()

    async def _deliver(self, message: WebhookMessage) -> None:
        around, subscription = self._around, self.subscription
        outcome = await self._attempt(message)
        now = around.clock.now()
        verdict, after = self._delivery_queue.settle(message, outcome, now, around.chance())
        self._endpoint.say(outcome, verdict, after)
        if verdict is Verdict.GONE:
            self.stop()
            await around.switch_off(subscription.id, subscription.enabled_at)
        await self._delivery_queue.store(verdict, after, now)
        around.metrics.saw(subscription.id, verdict)
        if verdict not in FINAL and self._is_erased(message):
            self._on_change()  # That was heard only while its end was being stored.

    async def _attempt(self, message: WebhookMessage) -> Ending:
        """Send it, unless its customer was erased; then it is not tried again either."""
        if self._is_erased(message):
            return Forgotten()
        sent = await self._around.sender.send(self.subscription, message.webhook_id, message.body)
        return Forgotten() if isinstance(sent, Failed) and self._is_erased(message) else sent
