"""The status of a subscription's deliveries, read from the stored progress: pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import Field, ValidationError

from schemas.contract import Contract, UtcDatetime
from services.webhooks.partition_queue import LastFailure
from services.webhooks.progress import QueueProgress
from services.webhooks.set_aside import Fault
from services.webhooks.topics import FAULT
from topology.domain.history.instant import to_datetime

Stored = TypeVar("Stored", QueueProgress, Fault)
_MICROS_PER_MS = 1_000


class Backlog(Contract):
    """Triggers that wait to be delivered. Delivery stores this two seconds after a trigger came."""

    triggers: int = Field(description="Triggers that delivery has read and not delivered yet.")
    unread: int = Field(
        description="At most so many more triggers wait in Kafka while there is no room for them: "
        "each partition has 100 open at a time."
    )
    oldest_at: UtcDatetime | None = Field(description="When Kafka took the oldest of them.")
    oldest_age_s: float | None = Field(description="The age of the oldest, in seconds.")


class StoppedQueue(Contract):
    """A partition whose triggers wait because of a fault of ours, not of the receiver."""

    partition: int
    at: UtcDatetime
    reason: str
    faults: int = Field(description="How many faults there were in a row.")
    next_attempt_at: UtcDatetime


class DeliveryStatus(Contract):
    """The status of one subscription's deliveries."""

    last_success_at: UtcDatetime | None = Field(
        default=None, description="When the receiver last accepted a trigger."
    )
    last_error: LastFailure | None = Field(
        default=None, description="The last attempt that failed: when, and why."
    )
    backlog: Backlog = Backlog(triggers=0, unread=0, oldest_at=None, oldest_age_s=None)
    set_aside: tuple[StoppedQueue, ...] = Field(
        default=(), description="Partitions that a fault of ours has stopped; we try them again."
    )


def status_of(items: Mapping[str, bytes], subscription_id: str, now: datetime) -> DeliveryStatus:
    """Return the status of a subscription from the stored progress of all partitions."""
    own = {
        key.removeprefix(f"{subscription_id}/"): value
        for key, value in items.items()
        if key.startswith(f"{subscription_id}/")
    }
    queues = [
        queue
        for key, value in own.items()
        if "/" not in key
        for queue in _decoded(QueueProgress, value)
    ]
    failures = [queue.failure for queue in queues if queue.failure is not None]
    return DeliveryStatus(
        last_success_at=max(
            (queue.delivered_at for queue in queues if queue.delivered_at), default=None
        ),
        last_error=max(failures, key=lambda failure: failure.at, default=None),
        backlog=_backlog(queues, now),
        set_aside=tuple(_stopped(own)),
    )


def _backlog(queues: list[QueueProgress], now: datetime) -> Backlog:
    waiting = [one for queue in queues for one in queue.open]
    times = [one.appended_ms for one in waiting if one.appended_ms is not None]
    oldest = to_datetime(min(times) * _MICROS_PER_MS) if times else None
    age = None if oldest is None else max(timedelta(0), now - oldest).total_seconds()
    return Backlog(
        triggers=len(waiting),
        unread=sum(queue.unread for queue in queues),
        oldest_at=oldest,
        oldest_age_s=age,
    )


def _stopped(own: Mapping[str, bytes]) -> Iterator[StoppedQueue]:
    for key in sorted(own):
        partition, _, rest = key.partition("/")
        if rest != FAULT or not partition.isdigit():
            continue
        for fault in _decoded(Fault, own[key]):
            yield StoppedQueue(
                partition=int(partition),
                at=fault.at,
                reason=fault.reason,
                faults=fault.count,
                next_attempt_at=fault.again_at,
            )


def _decoded(kind: type[Stored], value: bytes) -> list[Stored]:
    try:
        return [kind.model_validate_json(value)]
    except ValidationError:
        return []
