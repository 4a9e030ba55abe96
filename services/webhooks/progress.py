"""The stored progress of delivery: how far each queue is, and which deliveries are exhausted. Pure.

`topics.py` names the keys.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from schemas.contract import Contract, UtcDatetime
from services.webhooks.partition_queue import LastFailure, OpenTrigger, PartitionQueue
from services.webhooks.topics import FAULT


class Attempted(Contract):
    """An open trigger without its customer, who is named in the topic of triggers only."""

    offset: int
    webhook_id: str
    rule: str
    attempts: int
    first_at: UtcDatetime | None
    due_at: UtcDatetime | None
    reason: str
    appended_ms: int | None = None


class QueueProgress(Contract):
    """The state of one queue: all triggers before `position` are done, except the open ones."""

    position: int
    open: tuple[Attempted, ...] = ()
    rest_until: UtcDatetime | None = None
    delivered_at: UtcDatetime | None = None
    failure: LastFailure | None = None
    unread: int = 0


class Exhausted(Contract):
    """A trigger that could not be delivered within a day."""

    webhook_id: str
    rule: str
    partition: int
    offset: int
    attempts: int
    first_at: UtcDatetime | None
    last_at: UtcDatetime
    reason: str


def progress_of(queue: PartitionQueue) -> QueueProgress:
    """Return the stored form of a queue."""
    return QueueProgress(
        position=queue.position,
        open=tuple(
            Attempted(
                offset=one.offset,
                webhook_id=one.webhook_id,
                rule=one.rule,
                attempts=one.attempts,
                first_at=one.first_at,
                due_at=one.due_at,
                reason=one.reason,
                appended_ms=one.appended_ms,
            )
            for one in queue.open.values()
        ),
        rest_until=queue.rest_until,
        delivered_at=queue.delivered_at,
        failure=queue.failure,
        unread=queue.unread,
    )


def queue_of(progress: QueueProgress, customers: Mapping[int, str]) -> PartitionQueue:
    """Return a queue from its stored form and the customers of its open triggers, by offset.

    An open trigger without a customer is dropped: Kafka no longer has its record.
    """
    kept = {
        one.offset: OpenTrigger(
            offset=one.offset,
            customer_id=customers[one.offset],
            webhook_id=one.webhook_id,
            rule=one.rule,
            attempts=one.attempts,
            first_at=one.first_at,
            due_at=one.due_at,
            reason=one.reason,
            appended_ms=one.appended_ms,
        )
        for one in progress.open
        if one.offset in customers
    }
    return PartitionQueue(
        position=progress.position,
        open=kept,
        rest_until=progress.rest_until,
        delivered_at=progress.delivered_at,
        failure=progress.failure,
        unread=progress.unread,
    )


def exhausted_of(one: OpenTrigger, partition: int, now: datetime) -> Exhausted:
    """Return the stored form of a trigger that could not be delivered within a day."""
    return Exhausted(
        webhook_id=one.webhook_id,
        rule=one.rule,
        partition=partition,
        offset=one.offset,
        attempts=one.attempts,
        first_at=one.first_at,
        last_at=now,
        reason=one.reason,
    )


class Place(NamedTuple):
    """The partition and the offset of a trigger. Together they identify its delivery."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}-{self.offset}"


def place_of(text: str) -> Place | None:
    """Parse the text form of a place. Return None if it is something else."""
    parts = text.split("-")
    if len(parts) != len(Place._fields) or not all(_is_number(each) for each in parts):
        return None
    return Place(*map(int, parts))


def exhausted_deliveries(
    items: Mapping[str, bytes], subscription_id: str
) -> Sequence[tuple[Place, bytes]]:
    """Return a subscription's exhausted deliveries as they are stored, in the order of places."""
    found = []
    for key, value in items.items():
        whose, _, place = key.partition("/")
        if whose == subscription_id and (at := place_of(place.replace("/", "-"))) is not None:
            found.append((at, value))
    return sorted(found)


def read_exhausted(value: bytes) -> Exhausted:
    """Decode one of them."""
    return Exhausted.model_validate_json(value)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20  # noqa: PLR2004 - as many as 64 bits have


@dataclass(frozen=True, slots=True)
class ProgressRecord:
    """One stored record that refers to triggers: a queue, or one exhausted delivery."""

    key: str
    offsets: frozenset[int]
    """The offsets of its triggers."""
    queue: QueueProgress | None
    """None if the record is an exhausted delivery."""

    @property
    def subscription_id(self) -> str:
        """Return whose record it is."""
        return self.key.split("/", 1)[0]

    def without(self, gone: Collection[int]) -> QueueProgress | None:
        """Return the record without these triggers, or None if nothing is left of it."""
        if self.queue is None:
            return None
        kept = tuple(one for one in self.queue.open if one.offset not in gone)
        return self.queue.model_copy(update={"open": kept})


def records_with_triggers(
    stored: Mapping[str, bytes], at_work: Collection[str]
) -> Iterator[ProgressRecord]:
    """Yield the records that refer to triggers, without the queues of subscriptions at work.

    A worker knows more of its queue than what is stored. A record that can't be decoded is ignored:
    its queue is set aside and sends nothing.
    """
    for key, value in stored.items():
        subscription_id, _, *offset = key.split("/")
        if offset == [FAULT]:
            continue
        try:
            if offset:
                yield ProgressRecord(key, frozenset(map(int, offset)), None)
            elif subscription_id not in at_work:
                queue = QueueProgress.model_validate_json(value)
                yield ProgressRecord(key, frozenset(one.offset for one in queue.open), queue)
        except ValueError:  # pydantic's ValidationError is one.
            continue
