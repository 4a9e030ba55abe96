"""The lanes of one partition that a fault of our own has stopped."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from services.webhooks.fault import Fault, fault_after
from services.webhooks.stored import FAULT, SetAside
from services.webhooks.subscription import Subscription


@dataclass(frozen=True, slots=True)
class _Stopped:
    fault: Fault
    subscription: Subscription | None
    """As it was then; None if that was another process, whose faults need not be ours."""


class Aside:
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

    def forgive(self, at_work: Collection[str], now: datetime) -> Sequence[str]:
        """Forget the lanes that are well again, or that nobody wants any more. Returns these."""
        well = [
            subscription_id
            for subscription_id, one in self._stopped.items()
            if subscription_id not in at_work or one.fault.is_forgiven(now)
        ]
        for subscription_id in well:
            del self._stopped[subscription_id]
        return well

    def next_due(self, now: datetime) -> datetime | None:
        """Return when a lane is to be tried again, or may be well again."""
        faults = [one.fault for one in self._stopped.values()]
        times = [
            *(fault.again_at for fault in faults if fault.again_at > now),
            *(fault.forgiven_at for fault in faults),
        ]
        return min(times, default=None)


def _read(value: bytes) -> Fault | None:
    try:
        stored = SetAside.model_validate_json(value)
    except ValidationError:
        return None
    return Fault(stored.at, stored.reason, stored.count, stored.again_at)
