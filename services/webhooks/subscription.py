"""Who gets which triggers, and where."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from schemas.contract import Contract, UtcDatetime
from schemas.trigger import ActionKind


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
