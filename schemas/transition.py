"""A transition: a customer left one segment (or stage, tier, care) for another, and why."""

from enum import StrEnum

from pydantic import Field

from schemas.contract import Contract, UtcDatetime
from schemas.dimensions import Dimension


class Cause(StrEnum):
    """Why it changed. `clock`: because nothing happened any more."""

    EVENT = "event"
    CLOCK = "clock"
    MERGE = "merge"
    REFUND = "refund"
    POLICY = "policy"


class PublishedScores(Contract):
    """What was known of a customer at one instant, and the scores that follow from it."""

    last_order_at: UtcDatetime | None = Field(description="Time of the last order that counts.")
    orders_in_window: int = Field(description="Orders in the rolling window.")
    revenue_in_window: int = Field(description="Revenue in the rolling window, minor units.")
    currency: str = Field(description="ISO 4217 code of the revenue.")
    recency_score: int = Field(description="R, 1 (worst) to 5.")
    frequency_score: int = Field(description="F, 1 (worst) to 5.")
    monetary_score: int = Field(description="M, 1 (worst) to 5.")


class ScoresBeforeAndAfter(Contract):
    """The facts on both sides of a transition."""

    before: PublishedScores
    after: PublishedScores


class Transition(Contract):
    """One record of `customer.transitions.v1`."""

    customer_id: str
    dimension: Dimension
    from_value: str = Field(alias="from")
    to_value: str = Field(alias="to")
    cause: Cause
    cause_message_id: str | None = Field(description="The event that caused it, if one did.")
    effective_at: UtcDatetime = Field(
        description="When it took effect; for the clock the due instant."
    )
    observed_at: UtcDatetime = Field(description="The worker's time when it was noticed.")
    sequence: int = Field(description="Counts this customer's transitions, from 1.")
    facts: ScoresBeforeAndAfter
    policy_version: str
