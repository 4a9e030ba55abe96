"""Queues that a fault of our own has stopped, and when each is tried again: pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from traceback import extract_tb
from typing import Final

from pydantic import ValidationError

from schemas.contract import Contract, UtcDatetime
from services.webhooks.subscriptions import Subscription
from services.webhooks.topics import FAULT

FIRST_PAUSE: Final = timedelta(seconds=1)
MAX_PAUSE: Final = timedelta(minutes=5)
RECOVERED_AFTER: Final = timedelta(minutes=1)
"""After so long at work without a fault, a queue or partition has recovered."""
_MOST_DOUBLINGS: Final = 16


class Fault(Contract):
    """A fault that has stopped a queue or a partition: when, why, and until when."""

    at: UtcDatetime
    reason: str
    """The exception and its place in the code, without values: they may be about a person."""
    count: int
    """How many faults there were in a row."""
    again_at: UtcDatetime

    @property
    def recovered_at(self) -> datetime:
        """Return when it will have been at work without a fault for long enough."""
        return self.again_at + RECOVERED_AFTER

    def is_recovered(self, now: datetime) -> bool:
        """Return whether it has recovered."""
        return now >= self.recovered_at


def fault_after(before: Fault | None, error: BaseException, now: datetime) -> Fault:
    """Return the fault of an error; `before` is the last fault of the same queue or partition."""
    count = 1 if before is None or before.is_recovered(now) else before.count + 1
    pause = min(MAX_PAUSE, FIRST_PAUSE * 2 ** min(count - 1, _MOST_DOUBLINGS))
    return Fault(at=now, reason=_reason(error), count=count, again_at=now + pause)


def _reason(error: BaseException) -> str:
    kind, frames = type(error).__name__, extract_tb(error.__traceback__)
    if not frames:
        return kind
    file = frames[-1].filename.rpartition("/")[2]
    return f"{kind} in {frames[-1].name} ({file}:{frames[-1].lineno})"


@dataclass(frozen=True, slots=True)
class _Stopped:
    fault: Fault
    subscription: Subscription | None
    """As it was at the fault. None if another process stored the fault: this one may not fail."""


class SetAsideQueues:
    """The queues of one partition that a fault has stopped and that have not recovered."""

    def __init__(self, stored: Mapping[str, bytes]) -> None:
        self._stopped = {
            key.split("/", 1)[0]: _Stopped(fault, None)
            for key, value in stored.items()
            if key.endswith(f"/{FAULT}") and (fault := _decoded(value)) is not None
        }

    def add(self, subscription: Subscription, error: BaseException, now: datetime) -> Fault:
        """Set the queue of a subscription aside."""
        before = self._stopped.get(subscription.id)
        fault = fault_after(None if before is None else before.fault, error, now)
        self._stopped[subscription.id] = _Stopped(fault, subscription)
        return fault

    def may_start(self, subscription: Subscription, now: datetime) -> bool:
        """Return whether a queue may start: after its pause, or once its subscription changed."""
        found = self._stopped.get(subscription.id)
        return found is None or found.subscription != subscription or now >= found.fault.again_at

    def release_recovered(self, at_work: Collection[str], now: datetime) -> Sequence[str]:
        """Remove and return the subscriptions that have recovered or are not at work any more."""
        recovered = [
            subscription_id
            for subscription_id, one in self._stopped.items()
            if subscription_id not in at_work or one.fault.is_recovered(now)
        ]
        for subscription_id in recovered:
            del self._stopped[subscription_id]
        return recovered

    def next_due(self, now: datetime) -> datetime | None:
        """Return when the next queue is to be tried again, or will have recovered."""
        faults = [one.fault for one in self._stopped.values()]
        times = [
            *(fault.again_at for fault in faults if fault.again_at > now),
            *(fault.recovered_at for fault in faults),
        ]
        return min(times, default=None)


def _decoded(value: bytes) -> Fault | None:
    try:
        return Fault.model_validate_json(value)
    except ValidationError:
        return None
