"""The queue of one subscription and one partition, and the backoff between attempts: pure.

A queue reads its partition at a position of its own. A trigger that it has read and not delivered
is open. For each customer, only the oldest open trigger is in flight or waits for its next attempt;
triggers of other customers go on. At most `MAX_OPEN` triggers are open, so the queue of a dead
endpoint reads no further.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from schemas.contract import Contract, UtcDatetime
from services.webhooks.outcome import AttemptOutcome, CustomerErased, Delivered, Failed, Gone

MAX_OPEN: Final = 100
MAX_IN_FLIGHT: Final = 8
"""Deliveries that are being sent, or whose end is not committed yet."""
FIRST_PAUSE_S: Final = 5.0
MAX_PAUSE_S: Final = 3600.0
MAX_REST_S: Final = 6 * 3600.0
"""The longest pause that an endpoint can ask for: after a longer one it would lose triggers."""
GIVE_UP_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpenTrigger:
    """One trigger that is not delivered yet: its record is at `offset`; `attempts` have failed."""

    offset: int
    customer_id: str = field(repr=False)
    webhook_id: str = ""
    rule: str = ""
    attempts: int = 0
    first_at: datetime | None = None
    """When the first attempt failed."""
    due_at: datetime | None = None
    reason: str = ""
    """Why the last attempt failed."""
    appended_ms: int | None = None
    """When Kafka took it."""


class LastFailure(Contract):
    """The last attempt that failed."""

    at: UtcDatetime
    reason: str


@dataclass(frozen=True, slots=True)
class PartitionQueue:
    """All triggers before `position` are done, except the open ones.

    No attempt starts before `rest_until`. The other fields are for people: when an attempt last
    succeeded, the last failure, and how many offsets Kafka has beyond `position` while the queue
    has no room for more.
    """

    position: int
    open: Mapping[int, OpenTrigger] = field(default_factory=dict)
    rest_until: datetime | None = None
    delivered_at: datetime | None = None
    failure: LastFailure | None = None
    unread: int = 0


class AttemptResult(StrEnum):
    """The state of a trigger after an attempt."""

    DELIVERED = "delivered"
    RETRIED = "retried"
    EXHAUSTED = "exhausted"
    GONE = "gone"
    ERASED = "erased"


InFlight = Mapping[int, str]
"""The customer of each offset that is being sent, or whose end is not committed."""


def room(queue: PartitionQueue, in_flight: InFlight) -> int:
    """Return how many more triggers the queue may read."""
    return max(0, MAX_OPEN - len(queue.open.keys() | in_flight.keys()))


def read_on(queue: PartitionQueue, new: Iterable[OpenTrigger], position: int) -> PartitionQueue:
    """Move to `position`; `new` are the triggers up to there that are to be delivered."""
    both = {**queue.open, **{one.offset: one for one in new}}
    return replace(queue, position=position, open=both, unread=0)


def without(queue: PartitionQueue, offsets: Collection[int]) -> PartitionQueue:
    """Remove the open triggers at these offsets."""
    return replace(queue, open={at: one for at, one in queue.open.items() if at not in offsets})


def ready(queue: PartitionQueue, in_flight: InFlight, now: datetime) -> Sequence[OpenTrigger]:
    """Return the triggers to be sent now. Those that have never failed come first."""
    if queue.rest_until is not None and now < queue.rest_until:
        return ()
    due = [
        one
        for one in _oldest_of_each_customer(queue, in_flight)
        if one.due_at is None or one.due_at <= now
    ]
    due.sort(key=lambda one: (one.attempts, one.offset))
    return due[: max(0, MAX_IN_FLIGHT - len(in_flight))]


def next_due(queue: PartitionQueue, in_flight: InFlight, now: datetime) -> datetime | None:
    """Return when the next trigger may be sent if no delivery ends before then."""
    resting = queue.rest_until if queue.rest_until and now < queue.rest_until else None
    due = [
        max(filter(None, (one.due_at, resting, now)))
        for one in _oldest_of_each_customer(queue, in_flight)
    ]
    return None if len(in_flight) >= MAX_IN_FLIGHT else min(due, default=None)


def _oldest_of_each_customer(queue: PartitionQueue, in_flight: InFlight) -> Iterable[OpenTrigger]:
    """Yield the oldest open trigger of each customer who has none in flight."""
    taken = set(in_flight.values())
    for offset in sorted(queue.open):
        one = queue.open[offset]
        if one.customer_id not in taken:
            taken.add(one.customer_id)
            yield one


def after_attempt(
    queue: PartitionQueue, offset: int, outcome: AttemptOutcome, now: datetime, chance: float
) -> tuple[PartitionQueue, AttemptResult, OpenTrigger]:
    """Record how an attempt ended. Return the queue, the result, and the trigger thereafter.

    `chance` is uniform from 0 to 1.
    """
    one = queue.open[offset]
    match outcome:
        case Delivered():
            queue = replace(queue, delivered_at=now)
            return without(queue, [offset]), AttemptResult.DELIVERED, one
        case CustomerErased():
            return without(queue, [offset]), AttemptResult.ERASED, one
        case Gone():  # Its attempts begin again once the subscription is switched on again.
            fresh = replace(one, attempts=0, first_at=None, due_at=None, reason="")
            queue = replace(queue, failure=LastFailure(at=now, reason=f"status {outcome.status:d}"))
            return _with(queue, fresh), AttemptResult.GONE, fresh
        case Failed():
            queue = replace(queue, failure=LastFailure(at=now, reason=outcome.reason))
            return _failed(queue, one, outcome, now, chance)


def _failed(
    queue: PartitionQueue, one: OpenTrigger, outcome: Failed, now: datetime, chance: float
) -> tuple[PartitionQueue, AttemptResult, OpenTrigger]:
    attempts, first_at = one.attempts + 1, one.first_at or now
    rest = rest_s(outcome.retry_after_s)
    due_at = now + timedelta(seconds=max(pause_s(attempts, chance), rest))
    if rest:
        until = now + timedelta(seconds=rest)
        queue = replace(queue, rest_until=max(filter(None, (queue.rest_until, until))))
    after = replace(one, attempts=attempts, first_at=first_at, due_at=due_at, reason=outcome.reason)
    if is_exhausted(first_at, due_at):
        return without(queue, [one.offset]), AttemptResult.EXHAUSTED, after
    return _with(queue, after), AttemptResult.RETRIED, after


def _with(queue: PartitionQueue, one: OpenTrigger) -> PartitionQueue:
    return replace(queue, open={**queue.open, one.offset: one})


def pause_s(attempts: int, chance: float) -> float:
    """Return the pause after the given number of attempts, which is at least 1.

    The pause doubles, and `chance`, uniform from 0 to 1, chooses a part of it (full jitter).
    """
    doublings = min(attempts - 1, 32)
    return min(MAX_PAUSE_S, FIRST_PAUSE_S * 2.0**doublings) * chance


def rest_s(retry_after_s: float | None) -> float:
    """Return the pause that an endpoint gets for its `Retry-After`."""
    return min(retry_after_s or 0.0, MAX_REST_S)


def is_exhausted(first_at: datetime, next_at: datetime) -> bool:
    """Return whether the next attempt would come too late."""
    return next_at - first_at > GIVE_UP_AFTER
