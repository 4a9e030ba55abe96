"""Who gets which triggers, and where."""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import Field, ValidationError

from schemas.contract import Contract, UtcDatetime
from schemas.trigger import ActionKind
from services.webhooks.topics import off_key


class SigningSecret(Contract):
    """What a subscription's webhooks are signed with: `whsec_` and 32 random bytes in base64."""

    text: str = Field(repr=False)
    until: UtcDatetime | None = None
    """The end of its life, once there is a newer one."""


class Subscription(Contract):
    """One subscription, as Kafka keeps it. `secrets` has the newest one first."""

    id: str
    url: str = Field(repr=False)
    description: str = ""
    rules: tuple[str, ...] | None = None
    """Only triggers of these rules; None is all."""
    kinds: tuple[ActionKind, ...] | None = None
    """Only triggers with an action of these kinds; None is all."""
    holdout: bool = False
    """Whether it wants triggers that are measured and not to be acted on."""
    enabled: bool = True
    enabled_at: UtcDatetime
    """When it was last switched on: what switches it off says which time it means."""
    created_at: UtcDatetime
    """Triggers that Kafka has taken from then on are sent."""
    secrets: tuple[SigningSecret, ...]


class SwitchedOff(Contract):
    """The endpoint said 410, so nothing more is sent until somebody switches it on again."""

    enabled_at: UtcDatetime
    at: UtcDatetime


class Resend(Contract):
    """Somebody wants an exhausted delivery to be tried again."""

    at: UtcDatetime


def wants(subscription: Subscription, rule: str, kind: str, *, holdout: bool) -> bool:
    """Whether a trigger is for this subscription."""
    return (
        (subscription.holdout or not holdout)
        and (subscription.rules is None or rule in subscription.rules)
        and (subscription.kinds is None or kind in subscription.kinds)
    )


def secrets_at(subscription: Subscription, now: datetime) -> Sequence[str]:
    """The secrets to sign with, the newest one first."""
    return [
        secret.text for secret in subscription.secrets if secret.until is None or now < secret.until
    ]


PREFIX: Final = "whsec_"
BYTES: Final = 32
"""Standard Webhooks wants 24 to 64."""


def new_secret(random_bytes: Callable[[int], bytes]) -> SigningSecret:
    """Return a secret that nobody can guess, given `secrets.token_bytes`."""
    return SigningSecret(text=PREFIX + base64.b64encode(random_bytes(BYTES)).decode())


def rotated(
    old: Sequence[SigningSecret], new: SigningSecret, now: datetime, overlap: timedelta
) -> tuple[SigningSecret, ...]:
    """Put a new secret first. The one before it goes on for `overlap`, older ones end at once."""
    if not overlap:
        return (new,)
    return (new, *(each.model_copy(update={"until": now + overlap}) for each in old[:1]))


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
