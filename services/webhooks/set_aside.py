"""A fault of our own that has stopped something, and when that is tried again: pure."""

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
"""What has been at work for so long since it was tried again counts as mended."""
_MOST_DOUBLINGS: Final = 16


class Fault(Contract):
    """Why something stands still, for the how many-th time in a row, and until when."""

    at: UtcDatetime
    reason: str
    """What was raised and where, without any values: they may be about a person."""
    count: int
    again_at: UtcDatetime

    @property
    def recovered_at(self) -> datetime:
        """When nothing will have gone wrong for long enough since it was tried again."""
        return self.again_at + RECOVERED_AFTER

    def is_recovered(self, now: datetime) -> bool:
        """Whether that is over."""
        return now >= self.recovered_at


def fault_after(before: Fault | None, error: BaseException, now: datetime) -> Fault:
    """Return what is known after an error; `before` is the last fault of the same thing."""
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
    """As it was then; None if that was another process, whose faults need not be ours."""


class SetAsideQueues:
    """Which lanes stand still by a fault, until when, and since when they are at work again."""

    def __init__(self, stored: Mapping[str, bytes]) -> None:
        self._stopped = {
            key.split("/", 1)[0]: _Stopped(fault, None)
            for key, value in stored.items()
            if key.endswith(f"/{FAULT}") and (fault := _read(value)) is not None
        }

    def add(self, subscription: Subscription, error: BaseException, now: datetime) -> Fault:
        """Set a lane aside."""
        before = self._stopped.get(subscription.id)
        fault = fault_after(None if before is None else before.fault, error, now)
        self._stopped[subscription.id] = _Stopped(fault, subscription)
        return fault

    def may_start(self, subscription: Subscription, now: datetime) -> bool:
        """Whether a lane may be at work: also at once after somebody has changed it."""
        found = self._stopped.get(subscription.id)
        return found is None or found.subscription != subscription or now >= found.fault.again_at

    def release_recovered(self, at_work: Collection[str], now: datetime) -> Sequence[str]:
        """Forget the lanes that are well again, or that nobody wants any more. Returns these."""
        well = [
            subscription_id
            for subscription_id, one in self._stopped.items()
            if subscription_id not in at_work or one.fault.is_recovered(now)
        ]
        for subscription_id in well:
            del self._stopped[subscription_id]
        return well

    def next_due(self, now: datetime) -> datetime | None:
        """Return when a lane is to be tried again, or may be well again."""
        faults = [one.fault for one in self._stopped.values()]
        times = [
            *(fault.again_at for fault in faults if fault.again_at > now),
            *(fault.recovered_at for fault in faults),
        ]
        return min(times, default=None)


def _read(value: bytes) -> Fault | None:
    try:
        return Fault.model_validate_json(value)
    except ValidationError:
        return None
