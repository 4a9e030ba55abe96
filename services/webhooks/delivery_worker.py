"""Delivers to one subscription from one partition: reads, sends, and commits how it ended.

A delivery has ended once its end is committed to Kafka. Only then is its place in the queue free,
and only then is the next trigger of the same customer sent. After a crash, the next worker repeats
at most the deliveries that were in flight: `MAX_IN_FLIGHT` for each queue.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from aiokafka import ConsumerRecord
from structlog.typing import FilteringBoundLogger

from services.platform.outage import Outage
from services.platform.tasks import end, error_of, run_until_first_exits
from services.webhooks.clock import Clock
from services.webhooks.delivery_queue import DeliveryQueue, keep_saved, read_triggers
from services.webhooks.erasure import ErasedCustomers
from services.webhooks.journal import Journal, restart
from services.webhooks.message import UnreadableError, WebhookMessage, message_of
from services.webhooks.metrics import DeliveryMetrics
from services.webhooks.outcome import AttemptOutcome, CustomerErased, Delivered, Failed
from services.webhooks.partition_queue import AttemptResult, OpenTrigger
from services.webhooks.sender import Sender
from services.webhooks.subscription_table import SubscriptionTable
from services.webhooks.subscriptions import Subscription, wants
from services.webhooks.topics import Names
from services.webhooks.trigger_reader import TriggerReader, open_trigger_reader
from topology.batching.security import KafkaSecurity

FINAL: Final = frozenset({AttemptResult.DELIVERED, AttemptResult.ERASED})
"""After these results, nothing is stored of a delivery."""
DRAIN_TIMEOUT_S: Final = 5.0
"""How long deliveries in flight may take once the worker is to stop."""
FAILURES_IN_A_ROW: Final = 3
"""After so many failures the log reports that the endpoint is away."""


@dataclass(frozen=True, slots=True)
class WorkerDependencies:
    """What each worker is given: Kafka, the sender, the clock, and who was erased."""

    kafka: str
    security: KafkaSecurity
    names: Names
    sender: Sender
    clock: Clock
    chance: Callable[[], float]
    """Uniform from 0 to 1."""
    metrics: DeliveryMetrics
    log: FilteringBoundLogger
    erased: ErasedCustomers
    subscriptions: SubscriptionTable

    def open_trigger_reader(self, partition: int) -> AbstractAsyncContextManager[TriggerReader]:
        """Connect a reader of the triggers of one partition."""
        return open_trigger_reader(self.kafka, self.security, self.names.triggers, partition)


class DeliveryWorker:
    """Works one queue. The caller may replace `subscription` by a newer version of it."""

    def __init__(
        self,
        subscription: Subscription,
        partition: int,
        journal: Journal,
        dependencies: WorkerDependencies,
        on_change: Callable[[], None],
    ) -> None:
        self.subscription = subscription
        self.started = False
        self._on_change = on_change
        self._partition = partition
        self._journal = journal
        self._dependencies = dependencies
        self._log = dependencies.log.bind(subscription=subscription.id, partition=partition)
        self._endpoint = EndpointLog(self._log)
        self._queue = DeliveryQueue(subscription.id, partition, journal)
        self._in_flight: set[asyncio.Task[None]] = set()
        self._error: BaseException | None = None
        self._stopping = False
        self._recheck = True

    @property
    def subscription_id(self) -> str:
        """The id of the subscription."""
        return self.subscription.id

    @property
    def open(self) -> int:
        """How many triggers the queue has read and not delivered."""
        return self._queue.open

    @property
    def oldest_ms(self) -> int | None:
        """When Kafka took the oldest of them, in milliseconds."""
        return self._queue.oldest_ms

    def stop(self) -> None:
        """Start no more deliveries. `run` returns when those in flight have ended, or soon."""
        self._stopping = True
        self._queue.woken.set()

    def recheck_erasures(self) -> None:
        """Check whether an open trigger is about a customer who was erased meanwhile."""
        self._recheck = True
        self._queue.woken.set()

    async def run(self) -> None:
        """Deliver until `stop`.

        Raises:
            KafkaError: Kafka is away. The next worker continues where this one was.
        """
        async with self._dependencies.open_trigger_reader(self._partition) as reader:
            now = self._dependencies.clock.now()
            restarted = await restart(
                self._journal, reader, self.subscription, self._partition, now
            )
            for lost in restarted.lost:
                self._log.warning("trigger_gone", offset=lost.offset)
            self._queue.resume(restarted)
            self.started = True
            self._on_change()
            reading = read_triggers(self._queue, reader, self._wants, self._log)
            saving = keep_saved(self._queue, reader, self._dependencies.clock)
            await run_until_first_exits(reading, self._dispatch(), saving)

    async def resend(self, offset: int) -> None:
        """Open an exhausted delivery again. Does nothing if the delivery is not exhausted.

        Raises:
            KafkaError: Kafka is away.
        """
        if not self._queue.is_exhausted(offset):
            return
        async with self._dependencies.open_trigger_reader(self._partition) as reader:
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
            await self._queue.reopen(message)
            self.recheck_erasures()

    def _wants(self, message: WebhookMessage) -> bool:
        wanted = wants(self.subscription, message.rule, message.kind, holdout=message.holdout)
        if wanted and self._is_erased(message):
            self._dependencies.metrics.record(self.subscription.id, AttemptResult.ERASED)
            return False
        return wanted

    def _is_erased(self, message: WebhookMessage) -> bool:
        return self._dependencies.erased.covers(message.customer_id, message.effective_at)

    async def _remove_erased(self) -> None:
        self._recheck = False
        if count := await self._queue.remove_erased(self._is_erased):
            self._dependencies.metrics.record(self.subscription.id, AttemptResult.ERASED, count)

    async def _dispatch(self) -> None:
        clock, queue = self._dependencies.clock, self._queue
        try:
            while not self._stopping:
                queue.woken.clear()
                if self._recheck:
                    await self._remove_erased()
                for message in queue.start(clock.now()):
                    self._start(message)
                await clock.wait(queue.woken, queue.next_due(clock.now()))
                if self._error is not None:
                    raise self._error
            if self._in_flight:
                await asyncio.wait(self._in_flight, timeout=DRAIN_TIMEOUT_S)
            await queue.save()
        finally:
            await end(self._in_flight)

    def _start(self, message: WebhookMessage) -> None:
        task = asyncio.create_task(self._deliver(message))
        self._in_flight.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._in_flight.discard(task)
        if (error := error_of(task)) is not None:  # `_dispatch` ignores it once it has cancelled.
            self._error = error
            self._queue.woken.set()

    async def _deliver(self, message: WebhookMessage) -> None:
        dependencies, subscription = self._dependencies, self.subscription
        outcome = await self._attempt(message)
        now = dependencies.clock.now()
        result, after = self._queue.record_outcome(message, outcome, now, dependencies.chance())
        self._endpoint.record(outcome, result, after)
        if result is AttemptResult.GONE:
            self.stop()
            await dependencies.subscriptions.switch_off(subscription.id, subscription.enabled_at)
        await self._queue.commit_outcome(result, after, now)
        dependencies.metrics.record(subscription.id, result)
        if result not in FINAL and self._is_erased(message):
            self._on_change()  # The erasure came while the end of the attempt was being stored.

    async def _attempt(self, message: WebhookMessage) -> AttemptOutcome:
        """Send a message. If its customer was erased, do not send it, or not again."""
        if self._is_erased(message):
            return CustomerErased()
        sent = await self._dependencies.sender.send(
            self.subscription, message.webhook_id, message.body
        )
        return CustomerErased() if isinstance(sent, Failed) and self._is_erased(message) else sent


class EndpointLog:
    """Logs once that the endpoint fails, but not for a single trigger that it refuses."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log
        self._endpoint = Outage(log, "endpoint", after_s=0)
        self._failures = 0

    def record(self, outcome: AttemptOutcome, result: AttemptResult, one: OpenTrigger) -> None:
        """Log how an attempt ended, if an operator should know."""
        if isinstance(outcome, Failed):
            self._failures += 1
            if self._failures >= FAILURES_IN_A_ROW:
                self._endpoint.away(outcome.reason)
        elif isinstance(outcome, Delivered):
            self._failures = 0
            self._endpoint.back()
        if result is AttemptResult.GONE:
            self._log.warning("endpoint_gone")
        elif result is AttemptResult.EXHAUSTED:
            self._log.warning(
                "delivery_exhausted",
                webhook_id=one.webhook_id,
                attempts=one.attempts,
                reason=one.reason,
            )
