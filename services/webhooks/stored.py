"""What delivery keeps in Kafka, and under which keys.

delivery.subscriptions.v1          written by the API, but for `off`
    <id>                           a Subscription
    <id>/off                       a SwitchedOff, written by delivery
    <id>/resend/<partition>/<offset>   a Resend, taken away by delivery once it is done

delivery.progress.v1               written by whoever owns the trigger partition, into the
    <id>/<partition>               a LaneProgress           partition of the same number
    <id>/<partition>/<offset>      an Exhausted
    <id>/<partition>/fault         a SetAside
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from schemas import topics
from schemas.contract import Contract, UtcDatetime
from services.webhooks.fault import Fault
from services.webhooks.partition_queue import Failure, Open, PartitionQueue

FAULT: Final = "fault"


@dataclass(frozen=True, slots=True)
class Names:
    """The topics of delivery, and what its processes are called in Kafka."""

    triggers: str
    subscriptions: str
    progress: str
    erasures: str
    group: str
    """The consumer group, and the beginning of each partition's transactional id."""

    @classmethod
    def of(cls, app_id: str) -> Self:
        """Those of the application `app_id`."""
        return cls(
            topics.TRIGGERS,
            topics.SUBSCRIPTIONS,
            topics.PROGRESS,
            topics.ERASURES,
            f"{app_id}-delivery",
        )


class Attempted(Contract):
    """An open trigger. It names nobody: who it is about lies in the topic of triggers."""

    offset: int
    webhook_id: str
    rule: str
    attempts: int
    first_at: UtcDatetime | None
    due_at: UtcDatetime | None
    reason: str
    appended_ms: int | None = None


class LastFailure(Contract):
    """The last attempt that failed."""

    at: UtcDatetime
    reason: str


class QueueProgress(Contract):
    """All before `position` is done, but for what is open."""

    position: int
    open: tuple[Attempted, ...] = ()
    rest_until: UtcDatetime | None = None
    delivered_at: UtcDatetime | None = None
    failure: LastFailure | None = None
    unread: int = 0


class SetAside(Contract):
    """A fault of our own has stopped this lane."""

    at: UtcDatetime
    reason: str
    count: int
    """How many faults there were in a row."""
    again_at: UtcDatetime


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


class Resend(Contract):
    """Somebody wants an exhausted delivery to be tried again."""

    at: UtcDatetime


def queue_key(subscription_id: str, partition: int) -> str:
    """The key of a LaneProgress."""
    return f"{subscription_id}/{partition}"


def exhausted_key(subscription_id: str, partition: int, offset: int) -> str:
    """The key of an Exhausted."""
    return f"{subscription_id}/{partition}/{offset}"


def fault_key(subscription_id: str, partition: int) -> str:
    """The key of a SetAside."""
    return f"{subscription_id}/{partition}/{FAULT}"


def off_key(subscription_id: str) -> str:
    """The key of a SwitchedOff."""
    return f"{subscription_id}/off"


def resend_key(subscription_id: str, partition: int, offset: int) -> str:
    """The key of a Resend."""
    return f"{subscription_id}/resend/{partition}/{offset}"


def encoded(value: Contract) -> bytes:
    """As it is stored."""
    return value.model_dump_json().encode()


def progress_of(queue: PartitionQueue) -> QueueProgress:
    """What is stored of a lane."""
    failure = queue.failure
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
        failure=None if failure is None else LastFailure(at=failure.at, reason=failure.reason),
        unread=queue.unread,
    )


def queue_of(progress: QueueProgress, customers: Mapping[int, str]) -> PartitionQueue:
    """A lane as it was stored, given who its open triggers are about, by offset.

    What is open and is about nobody is left out: its record is gone.
    """
    kept = {
        one.offset: Open(
            one.offset,
            customers[one.offset],
            one.webhook_id,
            one.rule,
            one.attempts,
            one.first_at,
            one.due_at,
            one.reason,
            one.appended_ms,
        )
        for one in progress.open
        if one.offset in customers
    }
    failure = progress.failure
    return PartitionQueue(
        progress.position,
        kept,
        progress.rest_until,
        progress.delivered_at,
        None if failure is None else Failure(failure.at, failure.reason),
        progress.unread,
    )


def exhausted_of(one: Open, partition: int, now: datetime) -> Exhausted:
    """What is stored of a trigger that is given up."""
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


def set_aside_of(fault: Fault) -> SetAside:
    """What is stored of a lane that a fault has stopped."""
    return SetAside(at=fault.at, reason=fault.reason, count=fault.count, again_at=fault.again_at)
