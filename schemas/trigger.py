"""A retention trigger: do this for this customer, now, because of that."""

from enum import StrEnum

from pydantic import Field

from schemas.contract import Contract, UtcDatetime, is_none
from schemas.transition import Transition


class Priority(StrEnum):
    """Which trigger goes first when there is not room for all."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    HIGHEST = "highest"


class ActionKind(StrEnum):
    """What to do, in the terms of a campaign tool."""

    DISCOUNT_CODE = "discount_code"
    PERSONAL_CONTACT = "personal_contact"
    SPECIAL_OFFER = "special_offer"
    CONTENT = "content"
    CROSS_SELL = "cross_sell"
    SURVEY = "survey"
    GIFT = "gift"
    GREETING_CARD = "greeting_card"
    RETARGETING_AUDIENCE = "retargeting_audience"
    REFERRAL_INVITATION = "referral_invitation"
    STORE_OFFER = "store_offer"
    OWN_SHOP_OFFER = "own_shop_offer"
    STOP_CONTACT = "stop_contact"
    DELETE_OR_ANONYMISE = "delete_or_anonymise"


class Action(Contract):
    """What marketing should do. Empty fields are for the campaign tool to choose."""

    kind: ActionKind
    offer: str | None = None
    channel: str | None = None
    template: str | None = None
    priority: Priority = Priority.NORMAL


class TriggerEvent(Contract):
    """What is behind a trigger that no transition has just caused: what happened, and when.

    Of a trigger that had to wait it is what had set it off then, such as `segment at_risk`.
    """

    event: str
    at: UtcDatetime
    message_id: str | None = None
    order_id: str | None = None


class Trigger(Contract):
    """One record of `retention.triggers.v1`. Exactly one of `transition` and `event` is there."""

    trigger_id: str = Field(description="The same history gives the same id, whoever computes it.")
    customer_id: str
    rule: str
    transition: Transition | None = None
    event: TriggerEvent | None = None
    action: Action
    reason: str = Field(description="One sentence that says why, for a person to read.")
    effective_at: UtcDatetime
    created_at: UtcDatetime
    expires_at: UtcDatetime
    not_before: UtcDatetime | None = Field(
        default=None, description="The end of the quiet hours, if it came about within them."
    )
    fit: float | None = Field(
        default=None, description="How well the customer fits the shop, 0 to 1."
    )
    holdout: bool = Field(default=False, description="True: measured, not to be acted on.")
    policy_version: str
    attempt: int = Field(description="How often this rule has fired for this customer, from 1.")
    released_by: str | None = Field(
        default=None,
        exclude_if=is_none,
        description="Who released it, if it was held for review: the name of an API key.",
    )
