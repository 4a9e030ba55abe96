"""The subscriptions as they are now, read out of their topic: pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from services.webhooks.stored import off_key
from services.webhooks.subscription import Subscription, SwitchedOff

RESEND: Final = "resend"


@dataclass(frozen=True, slots=True, order=True)
class ResendRequest:
    """Which exhausted delivery is to be tried again."""

    subscription_id: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Directory:
    """All subscriptions, which of them are switched off by their endpoint, and wishes."""

    subscriptions: Mapping[str, Subscription]
    off: Mapping[str, SwitchedOff]
    resends: tuple[ResendRequest, ...]

    def is_gone(self, subscription: Subscription) -> bool:
        """Whether its endpoint said 410 since it was last switched on."""
        off = self.off.get(subscription.id)
        return off is not None and off.enabled_at == subscription.enabled_at

    def active(self) -> Iterable[Subscription]:
        """Those that triggers are sent to."""
        return (
            each for each in self.subscriptions.values() if each.enabled and not self.is_gone(each)
        )


def read_directory(items: Mapping[str, bytes]) -> Directory:
    """Read the records of the topic by their keys. What is none of ours is left out."""
    subscriptions: dict[str, Subscription] = {}
    off: dict[str, SwitchedOff] = {}
    resends: list[ResendRequest] = []
    for key, value in items.items():
        subscription_id, *rest = key.split("/")
        try:
            if not rest:
                subscriptions[subscription_id] = Subscription.model_validate_json(value)
            elif key == off_key(subscription_id):
                off[subscription_id] = SwitchedOff.model_validate_json(value)
            elif rest[0] == RESEND:
                partition, offset = map(int, rest[1:])
                resends.append(ResendRequest(subscription_id, partition, offset))
        except (ValidationError, ValueError):
            continue
    return Directory(subscriptions, off, tuple(sorted(resends)))
