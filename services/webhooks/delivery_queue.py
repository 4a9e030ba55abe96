"""One lane at work: what is open, the letters of it in memory, and what the journal has of it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NoReturn

from aiokafka import ConsumerRecord
from aiokafka.errors import OffsetOutOfRangeError
from structlog.typing import FilteringBoundLogger

from services.webhooks.clock import Clock
from services.webhooks.journal import Changes, Journal, Restarted
from services.webhooks.message import UnreadableError, WebhookMessage, message_of, opened
from services.webhooks.outcome import Ending
from services.webhooks.partition_queue import (
    Open,
    PartitionQueue,
    Verdict,
    next_due,
    ready,
    room,
    settled,
    took,
    without,
)
from services.webhooks.progress import exhausted_of
from services.webhooks.topics import exhausted_key, queue_key
from services.webhooks.trigger_reader import Reader

MOST_SKIPPED: Final = 1_000
"""Triggers for others that are read again after a crash."""


class DeliveryQueue:
    """The lane of one subscription to one partition.

    A delivery keeps its place on the desk until its end is committed. `woken` is set whenever
    something may start, `freed` whenever there may be room, `unsaved` while something is open that
    the journal does not know of.
    """

    def __init__(self, subscription_id: str, partition: int, journal: Journal) -> None:
        self._subscription_id = subscription_id
        self._partition = partition
        self._journal = journal
        self._queue = PartitionQueue(0)
        self._messages: dict[int, WebhookMessage] = {}
        self._busy: dict[int, str] = {}
        self._skipped = 0
        self.woken = asyncio.Event()
        self.freed = asyncio.Event()
        self.unsaved = asyncio.Event()

    @property
    def position(self) -> int:
        """Where the lane reads on."""
        return self._queue.position

    @property
    def room(self) -> int:
        """How many more triggers it may read."""
        return room(self._queue, self._busy)

    @property
    def open(self) -> int:
        """How many triggers are read and not yet delivered."""
        return len(self._queue.open)

    @property
    def oldest_ms(self) -> int | None:
        """When Kafka took the oldest of them, in milliseconds."""
        # Metrics are asked for in another thread: a letter may be gone meanwhile.
        messages = map(self._messages.get, self._queue.open)
        return min(
            (message.appended_ms for message in messages if message is not None), default=None
        )

    def go_on(self, restarted: Restarted) -> None:
        """Begin where the lane was."""
        self._queue, self._messages = restarted.queue, dict(restarted.messages)

    async def take(self, messages: Sequence[WebhookMessage], *, read: int, position: int) -> None:
        """Take the letters among so many records that were read, up to `position`.

        Raises:
            KafkaError: Kafka is away.
        """
        self._open(messages, position)
        self._skipped += read - len(messages)
        if self._skipped >= MOST_SKIPPED:
            self._skipped = 0
            await self.save()

    def is_given_up(self, offset: int) -> bool:
        """Whether the delivery of what lies there is exhausted."""
        return self._key_of_exhausted(offset) in self._journal.stored

    async def reopen(self, message: WebhookMessage) -> None:
        """Try an exhausted delivery for another day.

        Raises:
            KafkaError: Kafka is away.
        """
        self._open([message], self.position)
        await self._journal.write({**self._state(), self._key_of_exhausted(message.offset): None})

    async def leave_out(self, is_erased: Callable[[WebhookMessage], bool]) -> int:
        """Take off what is not to be sent any more. What is under way ends first.

        Returns:
            How many that were.

        Raises:
            KafkaError: Kafka is away.
        """
        waiting = self._queue.open.keys() - self._busy.keys()
        gone = [offset for offset in waiting if is_erased(self._messages[offset])]
        if gone:
            self._queue = without(self._queue, gone)
            for offset in gone:
                del self._messages[offset]
            self.freed.set()
            await self.save()
        return len(gone)

    def start(self, now: datetime) -> Sequence[WebhookMessage]:
        """Return what is to be sent now. It is under way from then on."""
        starting = ready(self._queue, self._busy, now)
        self._busy.update((one.offset, one.customer_id) for one in starting)
        return [self._messages[one.offset] for one in starting]

    def next_due(self, now: datetime) -> datetime | None:
        """Return when something may start though nothing ends before it."""
        return next_due(self._queue, self._busy, now)

    def settle(
        self, message: WebhookMessage, outcome: Ending, now: datetime, chance: float
    ) -> tuple[Verdict, Open]:
        """Note how an attempt ended; `store` is to follow."""
        self._queue, verdict, after = settled(self._queue, message.offset, outcome, now, chance)
        return verdict, after

    async def store(self, verdict: Verdict, after: Open, now: datetime) -> None:
        """Commit how an attempt ended, and make its place free.

        Raises:
            KafkaError: Kafka is away.
        """
        given_up: Changes = {}
        if verdict is Verdict.EXHAUSTED:
            key = self._key_of_exhausted(after.offset)
            given_up = {key: exhausted_of(after, self._partition, now)}
        self.unsaved.clear()
        await self._journal.write({**self._state(), **given_up})
        del self._busy[after.offset]
        if after.offset not in self._queue.open:
            del self._messages[after.offset]
        self.freed.set()
        self.woken.set()

    async def save(self) -> None:
        """Commit where the lane is.

        Raises:
            KafkaError: Kafka is away.
        """
        self.unsaved.clear()
        await self._journal.write(self._state())

    def see_end(self, end: int) -> None:
        """Note where the partition ends, for the lane cannot read on."""
        unread = max(0, end - self._queue.position)
        if unread != self._queue.unread:
            self._queue = replace(self._queue, unread=unread)
            self.unsaved.set()

    def _open(self, messages: Sequence[WebhookMessage], position: int) -> None:
        if messages:
            self.unsaved.set()
        self._messages.update((message.offset, message) for message in messages)
        self._queue = took(self._queue, map(opened, messages), position)
        self.woken.set()

    def _state(self) -> Changes:
        return {queue_key(self._subscription_id, self._partition): self._queue}

    def _key_of_exhausted(self, offset: int) -> str:
        return exhausted_key(self._subscription_id, self._partition, offset)


READ_AT_ONCE: Final = 100


async def read_onto(
    delivery_queue: DeliveryQueue,
    reader: Reader,
    wants: Callable[[WebhookMessage], bool],
    log: FilteringBoundLogger,
) -> NoReturn:
    """Read on for ever; what nobody wants and what is no trigger is passed over.

    Raises:
        KafkaError: Kafka is away.
    """
    reader.seek(delivery_queue.position)
    while True:
        await _until_room(delivery_queue)
        try:
            records = await reader.next(min(READ_AT_ONCE, delivery_queue.room))
        except OffsetOutOfRangeError:
            beginning = await reader.beginning()
            lost = beginning - delivery_queue.position
            log.warning("triggers_gone", offsets=lost, then="going on with the oldest")
            reader.seek(beginning)
            continue
        if records:
            messages = [each for each in (_read(one, log) for one in records) if each]
            wanted = [message for message in messages if wants(message)]
            await delivery_queue.take(wanted, read=len(records), position=records[-1].offset + 1)


async def _until_room(delivery_queue: DeliveryQueue) -> None:
    while not delivery_queue.room:
        delivery_queue.freed.clear()
        await delivery_queue.freed.wait()


def _read(record: ConsumerRecord, log: FilteringBoundLogger) -> WebhookMessage | None:
    try:
        return message_of(record)
    except UnreadableError:
        log.warning("unreadable_trigger", offset=record.offset, then="left out")
        return None


SAVE_AFTER: Final = timedelta(seconds=2)
"""What was opened, and has not ended by then, is stored as open."""


async def keep_saved(delivery_queue: DeliveryQueue, reader: Reader, clock: Clock) -> NoReturn:
    """Store what waits, for as long as it waits. A lane that has nothing to do costs nothing.

    Raises:
        KafkaError: Kafka is away.
    """
    never = asyncio.Event()
    while True:
        if delivery_queue.room:
            await delivery_queue.unsaved.wait()
        await clock.wait(never, clock.now() + SAVE_AFTER)
        if not delivery_queue.room:
            delivery_queue.see_end(await reader.end())
        if delivery_queue.unsaved.is_set():
            await delivery_queue.save()
