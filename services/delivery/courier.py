"""Delivers to one subscription out of one partition: reads, sends and notes how it ended.

A delivery has ended once its end is committed to Kafka. Only then its place is free for the next
one, and only then the next trigger of the same customer starts. Whoever goes on after a crash
repeats at most the deliveries that were under way then: `AT_ONCE` of each lane.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from services.delivery.desk import Desk
from services.delivery.intake import read_onto
from services.delivery.journal import Journal
from services.delivery.lane import Open, Verdict
from services.delivery.letter import Letter, letter_of
from services.delivery.outcome import Delivered, Failed, Outcome
from services.delivery.reader import Reader, open_reader
from services.delivery.restart import restart
from services.delivery.subscription import Subscription, wants
from services.delivery.surroundings import Surroundings
from services.outage import Outage
from services.together import end, together

IN_A_ROW: Final = 3
"""After so many failures in a row the log says that the endpoint fails."""
LAST_ANSWERS_S: Final = 5.0
"""How long deliveries that are under way may take once the lane is to end."""


class Courier:
    """Sends what is on a desk. `subscription` may be replaced by a newer version of it."""

    def __init__(
        self,
        subscription: Subscription,
        partition: int,
        journal: Journal,
        around: Surroundings,
        on_started: Callable[[], None],
    ) -> None:
        self.subscription = subscription
        self.started = False
        self._on_started = on_started
        self._partition = partition
        self._journal = journal
        self._around = around
        self._log = around.log.bind(subscription=subscription.id, partition=partition)
        self._endpoint = Outage(self._log, "endpoint")
        self._failures = 0
        self._desk = Desk(subscription.id, partition, journal)
        self._under_way: set[asyncio.Task[None]] = set()
        self._error: BaseException | None = None
        self._stopping = False

    @property
    def subscription_id(self) -> str:
        """Whose lane it is."""
        return self.subscription.id

    @property
    def open(self) -> int:
        """How many triggers are read and not yet delivered."""
        return self._desk.open

    @property
    def oldest_ms(self) -> int | None:
        """When Kafka took the oldest of them, in milliseconds."""
        return self._desk.oldest_ms

    def stop(self) -> None:
        """Start nothing more; `run` ends once what is under way has ended, or soon."""
        self._stopping = True
        self._desk.woken.set()

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
                self._log.warning("trigger_gone", offset=lost.offset, then="given up")
            self._desk.go_on(restarted)
            self.started = True
            self._on_started()
            reading = read_onto(self._desk, reader, self._wants, self._log)
            await together(reading, self._dispatch())

    async def resend(self, offset: int) -> None:
        """Open an exhausted delivery again. Nothing happens if it is none.

        Raises:
            KafkaError: Kafka is away.
        """
        if not self._desk.is_given_up(offset):
            return
        async with self._reader() as reader:
            found = (await reader.read_at([offset])).get(offset)
        if found is None:
            self._log.warning("trigger_gone", offset=offset, then="it can't be sent again")
        else:
            await self._desk.reopen(letter_of(found))

    def _reader(self) -> AbstractAsyncContextManager[Reader]:
        around = self._around
        return open_reader(around.kafka, around.security, around.names.triggers, self._partition)

    def _wants(self, letter: Letter) -> bool:
        return wants(self.subscription, letter.rule, letter.kind, holdout=letter.holdout)

    async def _dispatch(self) -> None:
        clock, desk = self._around.clock, self._desk
        try:
            while not self._stopping:
                desk.woken.clear()
                for letter in desk.start(clock.now()):
                    self._start(letter)
                await clock.wait(desk.woken, desk.next_due(clock.now()))
                if self._error is not None:
                    raise self._error
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=LAST_ANSWERS_S)
            await desk.save()
        finally:
            await end(self._under_way)

    def _start(self, letter: Letter) -> None:
        task = asyncio.create_task(self._deliver(letter))
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._error = error
            self._desk.woken.set()

    async def _deliver(self, letter: Letter) -> None:
        around, subscription = self._around, self.subscription
        outcome = await around.sender.send(subscription, letter.webhook_id, letter.body)
        now = around.clock.now()
        verdict, after = self._desk.settle(letter, outcome, now, around.chance())
        self._say(outcome, verdict, after)
        if verdict is Verdict.GONE:
            self.stop()
            await around.switch_off(subscription.id, subscription.enabled_at)
        await self._desk.store(verdict, after, now)
        around.metrics.saw(subscription.id, verdict)

    def _say(self, outcome: Outcome, verdict: Verdict, one: Open) -> None:
        """Say once that the endpoint fails, but not for one trigger that it does not like."""
        self._failures = self._failures + 1 if isinstance(outcome, Failed) else 0
        if isinstance(outcome, Delivered):
            self._endpoint.back()
        elif isinstance(outcome, Failed) and self._failures >= IN_A_ROW:
            self._endpoint.away(outcome.reason)
        if verdict is Verdict.GONE:
            self._log.warning("endpoint_gone", then="the subscription is switched off")
        elif verdict is Verdict.EXHAUSTED:
            self._log.warning(
                "delivery_exhausted",
                webhook_id=one.webhook_id,
                attempts=one.attempts,
                reason=one.reason,
                then="listed; it can be sent again",
            )
