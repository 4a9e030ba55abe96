"""A held trigger: one that was not sent because it is history, and the review of it."""

from enum import StrEnum

from pydantic import Field

from schemas.contract import Contract, UtcDatetime
from schemas.trigger import Action


class HeldReason(StrEnum):
    """Why a trigger was not sent, and will not be by itself."""

    AGE = "age"
    """Its events came in long after they had happened."""
    HISTORY = "history"
    """Not all older events of the customer had come in then."""
    QUIET = "quiet"
    """It follows from an import that was marked as quiet."""
    POLICY = "policy"
    """A changed policy set it off, and not the customer."""


class HeldStatus(StrEnum):
    """Where the review of a held trigger stands. Of one trigger the latest record counts."""

    HELD = "held"
    SCHEDULED = "scheduled"
    """Its release waits for its turn."""
    RELEASED = "released"
    """Its trigger is in `retention.triggers.v1`."""
    DISMISSED = "dismissed"
    REFUSED = "refused"
    """A release was asked for, and the rules did not allow it then. It may be asked for again."""


class ReleaseRefusal(StrEnum):
    """Why a release was refused."""

    EXPIRED = "expired"
    UNKNOWN_RULE = "unknown_rule"
    CHANGED = "changed"
    """The customer no longer meets the rule's conditions."""
    COOLDOWN = "cooldown"
    """The rule has fired since."""
    TOO_MANY = "too_many"
    """Too many reviews of this customer have not expired yet."""
    AGE = "age"
    HISTORY = "history"
    SUPPRESSED = "suppressed"
    CARE = "care"
    CONSENT = "consent"
    REST = "rest"
    CAP = "cap"


class HeldOccasion(Contract):
    """What set the rule off: a release decides on it again."""

    case: int = Field(description="Which case of the rule, from 0.")
    basis: str = Field(description="What makes the trigger's id.")
    what: str = Field(description="What it was, in a word or two.", examples=["segment at_risk"])
    at: UtcDatetime = Field(description="When it was.")
    counted_at: UtcDatetime | None = Field(
        default=None,
        description="From when on it counts for cooldowns and caps; null if it does not.",
    )
    left: str = Field(default="", description="The segment that was left, if one was.")
    rating: float | None = Field(default=None, description="Of the review, if it was one.")
    by: str = Field(
        default="", description="The customer id that makes the trigger's id, if it is another."
    )


class HeldDecision(Contract):
    """The latest decision on a held trigger."""

    at: UtcDatetime
    by: str = Field(description="Who asked for it: the name of an API key.")
    refusal: ReleaseRefusal | None = Field(
        default=None, description="Why a release was refused, if it was."
    )
    not_before: UtcDatetime | None = Field(
        default=None, description="When a scheduled release is decided."
    )


class HeldTrigger(Contract):
    """One record of `retention.held.v1`: a trigger that was not sent, or a decision on it."""

    trigger_id: str = Field(description="The id that its trigger has, if it is released.")
    customer_id: str
    rule: str
    status: HeldStatus = HeldStatus.HELD
    reason: HeldReason
    segment: str = Field(description="Where the customer was.")
    action: Action
    message: str = Field(description="The sentence that its trigger would have had as `reason`.")
    effective_at: UtcDatetime = Field(description="When it would have fired.")
    held_at: UtcDatetime = Field(description="The worker's time when it was held.")
    expires_at: UtcDatetime = Field(description="Until when it makes sense: no release after that.")
    policy_version: str
    attempt: int = Field(description="How often the rule had come so far for this customer.")
    occasion: HeldOccasion
    decision: HeldDecision | None = None
