"""Subscriptions: who receives which triggers at which URL, signed with which secrets. Pure."""

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
    """A secret that signs a subscription's webhooks: `whsec_` and 32 random bytes in base64."""

    text: str = Field(repr=False)
    until: UtcDatetime | None = None
    """When it stops signing; None as long as it is the newest."""


class Subscription(Contract):
    """One subscription as it is stored. The newest of its `secrets` comes first."""

    id: str
    url: str = Field(repr=False)
    description: str = ""
    rules: tuple[str, ...] | None = None
    """Only triggers of these rules; None means all."""
    kinds: tuple[ActionKind, ...] | None = None
    """Only triggers with an action of these kinds; None means all."""
    holdout: bool = False
    """Whether it also wants triggers that are measured and not to be acted on."""
    enabled: bool = True
    enabled_at: UtcDatetime
    """When it was last switched on. A SwitchedOff names this time, so that it can't be mistaken."""
    created_at: UtcDatetime
    """Delivery sends the triggers that Kafka has taken from then on."""
    secrets: tuple[SigningSecret, ...]


class SwitchedOff(Contract):
    """The endpoint answered 410: delivery sends nothing until somebody switches it on again."""

    enabled_at: UtcDatetime
    at: UtcDatetime


class Resend(Contract):
    """A request to send an exhausted delivery again."""

    at: UtcDatetime


def wants(subscription: Subscription, rule: str, kind: str, *, holdout: bool) -> bool:
    """Return whether a subscription wants a trigger."""
    return (
        (subscription.holdout or not holdout)
        and (subscription.rules is None or rule in subscription.rules)
        and (subscription.kinds is None or kind in subscription.kinds)
    )


def secrets_at(subscription: Subscription, now: datetime) -> Sequence[str]:
    """Return the secrets that sign at this time, the newest one first."""
    return [
        secret.text for secret in subscription.secrets if secret.until is None or now < secret.until
    ]


PREFIX: Final = "whsec_"
BYTES: Final = 32
"""Standard Webhooks requires 24 to 64."""


def new_secret(random_bytes: Callable[[int], bytes]) -> SigningSecret:
    """Return a new secret. Pass `secrets.token_bytes`, so that nobody can guess it."""
    return SigningSecret(text=PREFIX + base64.b64encode(random_bytes(BYTES)).decode())


def rotated(
    old: Sequence[SigningSecret], new: SigningSecret, now: datetime, overlap: timedelta
) -> tuple[SigningSecret, ...]:
    """Put a new secret first. The previous one signs for `overlap` more, older ones end at once."""
    if not overlap:
        return (new,)
    return (new, *(each.model_copy(update={"until": now + overlap}) for each in old[:1]))


RESEND: Final = "resend"


@dataclass(frozen=True, slots=True, order=True)
class ResendRequest:
    """Which exhausted delivery to send again."""

    subscription_id: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Directory:
    """All subscriptions, the 410s of their endpoints, and the requests to send again."""

    subscriptions: Mapping[str, Subscription]
    off: Mapping[str, SwitchedOff]
    resends: tuple[ResendRequest, ...]

    def is_gone(self, subscription: Subscription) -> bool:
        """Return whether its endpoint has answered 410 since it was last switched on."""
        off = self.off.get(subscription.id)
        return off is not None and off.enabled_at == subscription.enabled_at

    def active(self) -> Iterable[Subscription]:
        """Return the subscriptions to which delivery sends triggers."""
        return (
            each for each in self.subscriptions.values() if each.enabled and not self.is_gone(each)
        )


def read_directory(items: Mapping[str, bytes]) -> Directory:
    """Decode the records of the topic by their keys. Records of other forms are ignored."""
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
