"""Delivers to one subscription out of one partition: reads, sends and notes how it ended.

A delivery has ended once its end is committed to Kafka. Only then its place is free for the next
one, and only then the next trigger of the same customer starts. Whoever goes on after a crash
repeats at most the deliveries that were under way then: `AT_ONCE` of each lane.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from aiokafka import ConsumerRecord
from aiokafka.errors import OffsetOutOfRangeError

from services.delivery.journal import Journal
from services.delivery.lane import Lane, Open, Verdict, next_due, ready, room, settled, took
from services.delivery.letter import Letter, UnreadableError, letter_of, opened
from services.delivery.outcome import Delivered, Failed, Outcome
from services.delivery.reader import Reader, open_reader
from services.delivery.restart import restart
from services.delivery.stored import (
    encoded,
    exhausted_key,
    exhausted_of,
    lane_key,
    progress_of,
)
from services.delivery.subscription import Subscription, wants
from services.delivery.surroundings import Surroundings
from services.projector.outage import Outage
from services.projector.together import end, together

MOST_SKIPPED: Final = 1_000
"""Triggers for others that are read again after a crash."""
READ_AT_ONCE: Final = 100
IN_A_ROW: Final = 3
"""After so many failures in a row the log says that the endpoint fails."""
LAST_ANSWERS_S: Final = 5.0
"""How long deliveries that are under way may take once the lane is to end."""


class Courier:
    """One lane at work. `subscription` may be replaced by a newer version of it."""

    def __init__(
        self,
        subscription: Subscription,
        partition: int,
        journal: Journal,
        around: Surroundings,
        on_started: Callable[[], None],
    ) -> None:
        self.subscription = subscription
        self._partition = partition
        self._on_started = on_started
        self._journal = journal
        self._around = around
        self._log = around.log.bind(subscription=subscription.id, partition=partition)
        self._endpoint = Outage(self._log, "endpoint")
        self._lane = Lane(0)
        self._letters: dict[int, Letter] = {}
        self._busy: dict[int, str] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._skipped = 0
        self._failures = 0
        self._error: BaseException | None = None
        self._wake = asyncio.Event()
        self._freed = asyncio.Event()
        self._stopping = False
        self.started = False

    @property
    def subscription_id(self) -> str:
        """Whose lane it is."""
        return self.subscription.id

    @property
    def open(self) -> int:
        """How many triggers are read and not yet delivered."""
        return len(self._lane.open)

    @property
    def oldest_ms(self) -> int | None:
        """When Kafka took the oldest of them, in milliseconds."""
        # Metrics are asked for in another thread: a letter may be gone meanwhile.
        letters = map(self._letters.get, self._lane.open)
        return min((letter.appended_ms for letter in letters if letter is not None), default=None)

    async def run(self) -> None:
        """Deliver until told to stop.

        Raises:
            KafkaError: Kafka is away; whoever begins anew goes on where this one was.
        """
        place = (self._around.names.triggers, self._partition)
        async with open_reader(self._around.kafka, self._around.security, *place) as reader:
            restarted = await restart(
                self._journal, reader, self.subscription, self._partition, self._around.clock.now()
            )
            self._lane, self._letters = restarted.lane, dict(restarted.letters)
            for lost in restarted.lost:
                self._log.warning("trigger_gone", offset=lost.offset, then="given up")
            reader.seek(self._lane.position)
            self.started = True
            self._on_started()
            await together(self._read(reader), self._dispatch())

    def stop(self) -> None:
        """Start nothing more; `run` ends once what is under way has ended, or soon."""
        self._stopping = True
        self._wake.set()

    def changed(self, subscription: Subscription) -> None:
        """Go on with a newer version: its URL, filters and secrets count from now on."""
        self.subscription = subscription

    async def resend(self, offset: int) -> None:
        """Open an exhausted delivery again. Nothing happens if it is none."""
        key = exhausted_key(self.subscription_id, self._partition, offset)
        if key not in self._journal.stored:
            return
        place = (self._around.names.triggers, self._partition)
        async with open_reader(self._around.kafka, self._around.security, *place) as reader:
            found = (await reader.read_at([offset])).get(offset)
        if found is None:
            self._log.warning("trigger_gone", offset=offset, then="it can't be sent again")
            return
        self._accept([letter_of(found)], self._lane.position)
        await self._journal.write({**self._state(), key: None})
        self._wake.set()

    async def _read(self, reader: Reader) -> None:
        while True:
            await self._until_room()
            most = min(READ_AT_ONCE, room(self._lane, self._busy))
            try:
                records = await reader.next(most)
            except OffsetOutOfRangeError:
                beginning = await reader.beginning()
                lost = beginning - self._lane.position
                self._log.warning("triggers_gone", offsets=lost, then="going on with the oldest")
                reader.seek(beginning)
                continue
            if records:
                await self._take(records)

    async def _until_room(self) -> None:
        while not room(self._lane, self._busy):
            self._freed.clear()
            await self._freed.wait()

    async def _take(self, records: Sequence[ConsumerRecord]) -> None:
        letters = [letter for each in records if (letter := self._wanted(each)) is not None]
        self._accept(letters, records[-1].offset + 1)
        self._skipped += len(records) - len(letters)
        if self._skipped >= MOST_SKIPPED:
            self._skipped = 0
            await self._journal.write(self._state())

    def _wanted(self, record: ConsumerRecord) -> Letter | None:
        try:
            letter = letter_of(record)
        except UnreadableError:
            self._log.warning("unreadable_trigger", offset=record.offset, then="left out")
            return None
        is_wanted = wants(self.subscription, letter.rule, letter.kind, holdout=letter.holdout)
        return letter if is_wanted else None

    def _accept(self, letters: Sequence[Letter], position: int) -> None:
        self._letters.update((letter.offset, letter) for letter in letters)
        self._lane = took(self._lane, map(opened, letters), position)
        self._wake.set()

    async def _dispatch(self) -> None:
        try:
            while not self._stopping:
                self._wake.clear()
                now = self._around.clock.now()
                for one in ready(self._lane, self._busy, now):
                    self._start(one)
                await self._around.clock.wait(self._wake, next_due(self._lane, self._busy, now))
                if self._error is not None:
                    raise self._error
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=LAST_ANSWERS_S)
            await self._journal.write(self._state())
        finally:
            await end(self._under_way)

    def _start(self, one: Open) -> None:
        self._busy[one.offset] = one.customer_id
        task = asyncio.create_task(self._deliver(self._letters[one.offset]))
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._error = error
        self._wake.set()

    async def _deliver(self, letter: Letter) -> None:
        subscription = self.subscription
        outcome = await self._around.sender.send(subscription, letter.webhook_id, letter.body)
        self._say(outcome)
        now, chance = self._around.clock.now(), self._around.chance()
        self._lane, verdict, after = settled(self._lane, letter.offset, outcome, now, chance)
        if verdict is Verdict.GONE:
            self.stop()
            await self._around.switch_off(subscription.id, subscription.enabled_at)
        await self._journal.write({**self._state(), **self._given_up(verdict, after, now)})
        self._around.metrics.saw(subscription.id, verdict)
        del self._busy[letter.offset]
        if letter.offset not in self._lane.open:
            del self._letters[letter.offset]
        self._freed.set()

    def _state(self) -> dict[str, bytes | None]:
        key = lane_key(self.subscription_id, self._partition)
        return {key: encoded(progress_of(self._lane))}

    def _given_up(self, verdict: Verdict, one: Open, now: datetime) -> dict[str, bytes | None]:
        if verdict is not Verdict.EXHAUSTED:
            return {}
        self._log.warning(
            "delivery_exhausted",
            webhook_id=one.webhook_id,
            attempts=one.attempts,
            reason=one.reason,
            then="listed; it can be sent again",
        )
        key = exhausted_key(self.subscription_id, self._partition, one.offset)
        return {key: encoded(exhausted_of(one, self._partition, now))}

    def _say(self, outcome: Outcome) -> None:
        """Say once that the endpoint fails, but not for one trigger that it does not like."""
        if isinstance(outcome, Delivered):
            self._failures = 0
            self._endpoint.back()
        elif isinstance(outcome, Failed):
            self._failures += 1
            if self._failures >= IN_A_ROW:
                self._endpoint.away(outcome.reason)
        else:
            self._log.warning("endpoint_gone", then="the subscription is switched off")
