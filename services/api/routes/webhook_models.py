"""The bodies and answers of the routes of webhook subscriptions."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.contract import UtcDatetime
from schemas.trigger import ActionKind
from services.webhooks.addresses import MAX_URL_LENGTH
from services.webhooks.status import DeliveryStatus
from services.webhooks.subscriptions import Subscription

MOST_NAMES = 200
Rules = Annotated[
    tuple[Annotated[str, Field(max_length=256)], ...] | None,
    Field(
        max_length=MOST_NAMES,
        description="Only triggers of these rules. Null is all.",
        examples=[["win_back"]],
    ),
]
Kinds = Annotated[
    tuple[ActionKind, ...] | None,
    Field(max_length=MOST_NAMES, description="Only triggers of these actions. Null is all."),
]
Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_URL_LENGTH,
        description="Where to send to: http or https. Its host must lead to a public address when "
        "this is asked for, and at each attempt.",
        examples=["https://shop.example/hooks/retention"],
    ),
]
Description = Annotated[str, Field(max_length=500, description="For people.")]
Holdout = Annotated[
    bool, Field(description="True: also triggers that are measured and not to be acted on.")
]


class Strict(BaseModel):
    """A body in which a name that is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NewSubscription(Strict):
    """A subscription to be made."""

    url: Url
    description: Description = ""
    rules: Rules = None
    kinds: Kinds = None
    holdout: Holdout = False


class SubscriptionChange(Strict):
    """What is to be different; what is left out stays as it is."""

    url: Url | None = None
    description: Description | None = None
    rules: Rules = None
    kinds: Kinds = None
    holdout: Holdout | None = None
    enabled: bool | None = Field(
        default=None,
        description="False: nothing is sent. True: it goes on where it stopped, also after a 410.",
    )


class Rotation(Strict):
    """How a secret is to be replaced."""

    overlap_s: int = Field(
        default=86_400,
        ge=0,
        le=30 * 86_400,
        description="For so many seconds webhooks are signed with both. 0: with the new one only.",
    )


class DescribedSubscription(BaseModel):
    """What a subscription asks for, and whether it is on."""

    id: str = Field(examples=["sub_4f1c8e2a9b7d6035"])
    url: str
    description: str
    rules: tuple[str, ...] | None
    kinds: tuple[ActionKind, ...] | None
    holdout: bool
    state: Literal["on", "off", "gone"] = Field(
        description="off: somebody switched it off. gone: its endpoint answered 410."
    )
    created_at: UtcDatetime
    previous_secret_until: UtcDatetime | None = Field(
        description="Until then webhooks carry a signature by the secret before, too."
    )


class SubscriptionView(DeliveryStatus, DescribedSubscription):
    """A subscription, and how its deliveries go.

    Its secret is shown when it is made, and never again.
    """


class SubscriptionWithSecret(SubscriptionView):
    """A subscription with its newest secret, this one time."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class SubscriptionList(BaseModel):
    """All subscriptions, the oldest first."""

    items: tuple[SubscriptionView, ...]


class PingResult(BaseModel):
    """How a webhook of type `webhook.ping` ended, which was sent once and at once."""

    delivered: bool
    status: int | None = Field(description="The status that was answered, if any.")
    reason: str | None = Field(description="Why it was not delivered.")


def subscription_view(
    subscription: Subscription, status: DeliveryStatus, *, is_gone: bool
) -> SubscriptionView:
    """A subscription without its secrets."""
    return SubscriptionView.model_validate(_view(subscription, status, is_gone=is_gone))


def view_with_secret(
    subscription: Subscription, status: DeliveryStatus, *, is_gone: bool
) -> SubscriptionWithSecret:
    """A subscription with its newest secret."""
    fields = _view(subscription, status, is_gone=is_gone)
    secret = subscription.secrets[0].text
    return SubscriptionWithSecret.model_validate({**fields, "secret": secret})


def _view(
    subscription: Subscription, status: DeliveryStatus, *, is_gone: bool
) -> dict[str, object]:
    state = "off" if not subscription.enabled else "gone" if is_gone else "on"
    older = subscription.secrets[1:]
    return {
        **subscription.model_dump(
            include={"id", "url", "description", "rules", "kinds", "holdout", "created_at"}
        ),
        **status.model_dump(),
        "state": state,
        "previous_secret_until": older[0].until if older else None,
    }
