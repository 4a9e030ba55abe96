"""The live state of one customer, as ops and customer care see it."""

from typing import Literal

from pydantic import Field

from schemas.contract import Contract, UtcDatetime
from schemas.dimensions import DimensionValues
from schemas.transition import PublishedScores


class Activity(Contract):
    """Signs of life, over all channels."""

    first_seen_at: UtcDatetime
    last_seen_at: UtcDatetime
    events: int


class Lifetime(Contract):
    """All orders that count, in or out of the rolling window."""

    orders: int
    revenue: int = Field(description="Minor units.")
    currency: str
    first_order_at: UtcDatetime | None


class HeldTrigger(Contract):
    """A promotion that was not sent, and why."""

    rule: str
    at: UtcDatetime
    reason: str


class Held(Contract):
    """What was held back, or came too late to be sent: how much in all, and the latest of it."""

    count: int
    latest: tuple[HeldTrigger, ...]


class WaitingTrigger(Contract):
    """A held promotion, which will be decided again."""

    rule: str
    since: UtcDatetime
    because: str = Field(description="What had set it off.")


class ChannelContact(Contract):
    """How often a customer was met on a channel; of a social network its name is the channel."""

    channel: str
    first_at: UtcDatetime
    last_at: UtcDatetime
    count: int


class Touchpoint(Contract):
    """One meeting with a customer."""

    at: UtcDatetime
    event: str
    channel: str


class Research(Contract):
    """What was looked at in one world and bought in the other within 14 days."""

    kind: Literal["research_online_purchase_offline", "research_offline_purchase_online"]
    looked_at: UtcDatetime
    bought_at: UtcDatetime


class Journey(Contract):
    """Where and when a customer was met."""

    channels: tuple[ChannelContact, ...]
    touchpoints: tuple[Touchpoint, ...] = Field(description="The latest twenty, latest first.")
    research: Research | None = Field(description="The latest purchase that crossed over.")


class ServiceRecovery(Contract):
    """Open cases: complaints, bad reviews, scores, mentions. Until then no promotion goes out."""

    open: bool
    since: UtcDatetime | None = None
    until: UtcDatetime | None = Field(default=None, description="It ends then at the latest.")


class FiredRule(Contract):
    """When a rule last fired for this customer, and until when it rests."""

    rule: str
    last_fired_at: UtcDatetime
    cooldown_until: UtcDatetime
    times: int


class PurposeConsent(Contract):
    """The customer's latest answer for one purpose, or for `all`."""

    purpose: str
    status: Literal["GRANTED", "REVOKED", "DENIED"]
    at: UtcDatetime


class Suppressed(Contract):
    """The customer is on the suppression list."""

    since: UtcDatetime = Field(description="When the customer was last put on it.")
    reason: str | None = Field(description="The reason that was given.")


class ContestedName(Contract):
    """A name that was claimed for this customer, and belongs to somebody else."""

    name: str
    owner: str = Field(description="Who has it: the first user id that claimed it.")
    at: UtcDatetime


class UnmatchedRefund(Contract):
    """A refund or a cancellation of an order that is not among this customer's."""

    order_id: str
    at: UtcDatetime | None = Field(
        description="When the latest was made; null if an earlier release took it."
    )


class _Named(Contract):
    customer_id: str
    names: tuple[str, ...] = Field(
        description="All names of this person, sorted: user ids, anonymous ids, network:handle."
    )
    contested: tuple[ContestedName, ...] = Field(
        description="Names that were claimed for this person, too, and were not joined."
    )


class Customer(DimensionValues, _Named):  # The fields of the last class come first.
    """One customer, as of `as_of`: what comes later is not in here yet."""

    fit: float | None = Field(description="How well they fit the shop, 0 to 1.")
    facts: PublishedScores
    lifetime: Lifetime
    activity: Activity
    journey: Journey
    traits: dict[str, str | bool | int | float] = Field(description="What is known beside that.")
    consent: tuple[PurposeConsent, ...] = Field(
        description="What they have agreed to, by purpose; `all` stands for any."
    )
    suppressed: Suppressed | None = Field(
        description="They get no promotion, whatever else holds. Null if they are not on the list."
    )
    unanswered: int = Field(description="Retention actions since the customer last acted.")
    service_recovery: ServiceRecovery
    held: Held
    waiting: tuple[WaitingTrigger, ...]
    rules: tuple[FiredRule, ...]
    transitions: int = Field(description="How many transitions there have been.")
    next_change_at: UtcDatetime | None = Field(
        description="When this changes next if nothing happens, null for never."
    )
    settles_at: UtcDatetime | None = Field(
        default=None,
        description="While older events of this customer are coming in: from when on it is decided "
        "what follows from them. Until then nothing fires by the clock.",
    )
    unmatched_refunds: tuple[UnmatchedRefund, ...] = Field(
        default=(),
        description="Refunds and cancellations that change nothing until their order comes: this "
        "customer has none of that id. It may have been made under another customer's id, or be "
        "folded.",
    )
    policy_version: str
    as_of: UtcDatetime = Field(description="All that happened until this instant is in here.")


class ConditionExplanation(Contract):
    """A condition, and the fact that met or missed it."""

    field: str
    wanted: str
    fact: str | bool | int | float | None
    met: bool


class CaseExplanation(Contract):
    """One way in which a rule comes to fire."""

    when: str = Field(description="What sets it off, for a person to read.")
    progress: str | None = Field(
        default=None, description="How far the customer is from that, for a person to read."
    )
    due_at: UtcDatetime | None = Field(description="When it is due, if the clock sets it off.")
    conditions: tuple[ConditionExplanation, ...]


class RuleExplanation(Contract):
    """Why a rule did or did not fire, by the facts as of now."""

    rule: str
    promotional: bool
    fired: FiredRule | None
    state: str = Field(
        description="held (its occasion came, and is held until it is decided again), resting (in "
        "its cooldown), waiting (due at next_at), fired (it has, and its next occasion has not "
        "come) or idle (its occasion has not come yet). The first that is true."
    )
    held_by: str | None = Field(default=None, description="What holds its occasion, if it is held.")
    held_since: UtcDatetime | None = Field(default=None, description="Since when it is held.")
    held_until: UtcDatetime | None = Field(
        default=None, description="When it is decided again at the latest, if that is known."
    )
    would_be_held_by: str | None = Field(
        default=None,
        description="What would hold it if its occasion came now: the suppression list, an open "
        "case, a consent that is missing, too many attempts without an answer, or the frequency "
        "caps. Null if nothing would.",
    )
    cases: tuple[CaseExplanation, ...] = ()
    next_at: UtcDatetime | None = Field(
        default=None, description="When it is due, if that is known."
    )
    because: str = Field(description="Why, in sentences for a person to read.")
