"""One queue at work: its open triggers, their webhook messages in memory, and its journal."""

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
from services.webhooks.message import UnreadableError, WebhookMessage, message_of, open_trigger
from services.webhooks.outcome import AttemptOutcome
from services.webhooks.partition_queue import (
    AttemptResult,
    OpenTrigger,
    PartitionQueue,
    after_attempt,
    next_due,
    read_on,
    ready,
    room,
    without,
)
from services.webhooks.progress import exhausted_of
from services.webhooks.topics import exhausted_key, queue_key
from services.webhooks.trigger_reader import TriggerReader

MAX_SKIPPED: Final = 1_000
"""After so many unwanted triggers the queue saves its position, so that a crash repeats no more."""
READ_BATCH: Final = 100
"""Records that are read at once."""
SAVE_AFTER: Final = timedelta(seconds=2)
"""A trigger that is open for so long is stored as open."""


class DeliveryQueue:
    """The queue of one subscription and one partition.

    A delivery keeps its place in the queue until its end is committed. The queue sets `woken`
    whenever a delivery may start, `freed` whenever there may be room, and `unsaved` while a trigger
    is open that the journal does not have.
    """

    def __init__(self, subscription_id: str, partition: int, journal: Journal) -> None:
        self._subscription_id = subscription_id
        self._partition = partition
        self._journal = journal
        self._queue = PartitionQueue(0)
        self._messages: dict[int, WebhookMessage] = {}
        self._in_flight: dict[int, str] = {}
        self._skipped = 0
        self.woken = asyncio.Event()
        self.freed = asyncio.Event()
        self.unsaved = asyncio.Event()

    @property
    def position(self) -> int:
        """The offset at which the queue reads on."""
        return self._queue.position

    @property
    def room(self) -> int:
        """How many more triggers the queue may read."""
        return room(self._queue, self._in_flight)

    @property
    def open(self) -> int:
        """How many triggers the queue has read and not delivered."""
        return len(self._queue.open)

    @property
    def oldest_ms(self) -> int | None:
        """When Kafka took the oldest of them, in milliseconds."""
        # The metrics are read in another thread: a message may be removed meanwhile.
        messages = map(self._messages.get, self._queue.open)
        return min(
            (message.appended_ms for message in messages if message is not None), default=None
        )

    def resume(self, restarted: Restarted) -> None:
        """Continue where the queue was."""
        self._queue, self._messages = restarted.queue, dict(restarted.messages)

    async def add(self, messages: Sequence[WebhookMessage], *, read: int, position: int) -> None:
        """Add the wanted messages among `read` records, and move to `position`.

        Raises:
            KafkaError: Kafka is away.
        """
        self._open(messages, position)
        self._skipped += read - len(messages)
        if self._skipped >= MAX_SKIPPED:
            self._skipped = 0
            await self.save()

    def is_exhausted(self, offset: int) -> bool:
        """Return whether the delivery of the trigger at this offset is exhausted."""
        return self._key_of_exhausted(offset) in self._journal.stored

    async def reopen(self, message: WebhookMessage) -> None:
        """Open an exhausted delivery for another day.

        Raises:
            KafkaError: Kafka is away.
        """
        self._open([message], self.position)
        await self._journal.write({**self._state(), self._key_of_exhausted(message.offset): None})

    async def remove_erased(self, is_erased: Callable[[WebhookMessage], bool]) -> int:
        """Remove the messages of erased customers, except those in flight. Return how many.

        Raises:
            KafkaError: Kafka is away.
        """
        waiting = self._queue.open.keys() - self._in_flight.keys()
        erased = [offset for offset in waiting if is_erased(self._messages[offset])]
        if erased:
            self._queue = without(self._queue, erased)
            for offset in erased:
                del self._messages[offset]
            self.freed.set()
            await self.save()
        return len(erased)

    def start(self, now: datetime) -> Sequence[WebhookMessage]:
        """Return the messages to be sent now. They are in flight from then on."""
        starting = ready(self._queue, self._in_flight, now)
        self._in_flight.update((one.offset, one.customer_id) for one in starting)
        return [self._messages[one.offset] for one in starting]

    def next_due(self, now: datetime) -> datetime | None:
        """Return when the next message may be sent if no delivery ends before then."""
        return next_due(self._queue, self._in_flight, now)

    def record_outcome(
        self, message: WebhookMessage, outcome: AttemptOutcome, now: datetime, chance: float
    ) -> tuple[AttemptResult, OpenTrigger]:
        """Record how an attempt ended. The caller commits it by `commit_outcome`."""
        self._queue, result, after = after_attempt(
            self._queue, message.offset, outcome, now, chance
        )
        return result, after

    async def commit_outcome(
        self, result: AttemptResult, after: OpenTrigger, now: datetime
    ) -> None:
        """Commit how an attempt ended, and free its place.

        Raises:
            KafkaError: Kafka is away.
        """
        exhausted: Changes = {}
        if result is AttemptResult.EXHAUSTED:
            key = self._key_of_exhausted(after.offset)
            exhausted = {key: exhausted_of(after, self._partition, now)}
        self.unsaved.clear()
        await self._journal.write({**self._state(), **exhausted})
        del self._in_flight[after.offset]
        if after.offset not in self._queue.open:
            del self._messages[after.offset]
        self.freed.set()
        self.woken.set()

    async def save(self) -> None:
        """Commit the state of the queue.

        Raises:
            KafkaError: Kafka is away.
        """
        self.unsaved.clear()
        await self._journal.write(self._state())

    def record_end(self, end: int) -> None:
        """Record where the partition ends, while the queue has no room to read on."""
        unread = max(0, end - self._queue.position)
        if unread != self._queue.unread:
            self._queue = replace(self._queue, unread=unread)
            self.unsaved.set()

    def _open(self, messages: Sequence[WebhookMessage], position: int) -> None:
        if messages:
            self.unsaved.set()
        self._messages.update((message.offset, message) for message in messages)
        self._queue = read_on(self._queue, map(open_trigger, messages), position)
        self.woken.set()

    def _state(self) -> Changes:
        return {queue_key(self._subscription_id, self._partition): self._queue}

    def _key_of_exhausted(self, offset: int) -> str:
        return exhausted_key(self._subscription_id, self._partition, offset)


async def read_triggers(
    queue: DeliveryQueue,
    reader: TriggerReader,
    wants: Callable[[WebhookMessage], bool],
    log: FilteringBoundLogger,
) -> NoReturn:
    """Read triggers into the queue, as many as it has room for, until cancelled.

    Unwanted triggers are ignored, and so are records that are no triggers.

    Raises:
        KafkaError: Kafka is away.
    """
    reader.seek(queue.position)
    while True:
        await _until_room(queue)
        try:
            records = await reader.next(min(READ_BATCH, queue.room))
        except OffsetOutOfRangeError:
            beginning = await reader.beginning()
            lost = beginning - queue.position
            log.warning("triggers_gone", offsets=lost)
            reader.seek(beginning)
            continue
        if records:
            messages = [each for each in (_message(one, log) for one in records) if each]
            wanted = [message for message in messages if wants(message)]
            await queue.add(wanted, read=len(records), position=records[-1].offset + 1)


async def _until_room(queue: DeliveryQueue) -> None:
    while not queue.room:
        queue.freed.clear()
        await queue.freed.wait()


def _message(record: ConsumerRecord, log: FilteringBoundLogger) -> WebhookMessage | None:
    try:
        return message_of(record)
    except UnreadableError:
        log.warning("unreadable_trigger", offset=record.offset)
        return None


async def keep_saved(queue: DeliveryQueue, reader: TriggerReader, clock: Clock) -> NoReturn:
    """Store open triggers that wait, until cancelled. An idle queue costs nothing.

    Raises:
        KafkaError: Kafka is away.
    """
    never = asyncio.Event()
    while True:
        if queue.room:
            await queue.unsaved.wait()
        await clock.wait(never, clock.now() + SAVE_AFTER)
        if not queue.room:
            queue.record_end(await reader.end())
        if queue.unsaved.is_set():
            await queue.save()
