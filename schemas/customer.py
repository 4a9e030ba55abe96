"""The live state of one customer, as ops and customer care see it."""

from pydantic import Field

from schemas.contract import Contract, Moment
from schemas.transition import FactSheet


class Activity(Contract):
    """Signs of life, over all channels."""

    first_seen_at: Moment
    last_seen_at: Moment
    events: int


class Lifetime(Contract):
    """All orders that count, in or out of the rolling window."""

    orders: int
    revenue: int = Field(description="Minor units.")
    currency: str
    first_order_at: Moment | None


class HeldTrigger(Contract):
    """A promotion that was not sent, and why."""

    rule: str
    at: Moment
    reason: str


class Held(Contract):
    """What an open complaint has held back: how much in all, and the latest of it."""

    count: int
    latest: tuple[HeldTrigger, ...]


class ServiceRecovery(Contract):
    """An open complaint or bad review. While it is open no promotion goes out."""

    open: bool
    since: Moment | None = None
    until: Moment | None = Field(default=None, description="It ends then at the latest.")


class FiredRule(Contract):
    """When a rule last fired for this customer, and until when it rests."""

    rule: str
    last_fired_at: Moment
    cooldown_until: Moment
    times: int


class ContestedName(Contract):
    """A name that was claimed for this customer, and belongs to somebody else."""

    name: str
    owner: str = Field(description="Who has it: the first user id that claimed it.")
    at: Moment


class Customer(Contract):
    """One customer, as of `as_of`: what comes later is not in here yet."""

    customer_id: str
    names: tuple[str, ...] = Field(
        description="All names of this person, sorted: user ids, anonymous ids, network:handle."
    )
    contested: tuple[ContestedName, ...] = Field(
        description="Names that were claimed for this person, too, and were not joined."
    )
    segment: str
    stage: str | None = Field(default=None, description="Not classified yet.")
    tier: str | None = Field(default=None, description="Not classified yet.")
    care: str = Field(description="complaint_open while service recovery is under way, else calm.")
    facts: FactSheet
    lifetime: Lifetime
    activity: Activity
    service_recovery: ServiceRecovery
    held: Held
    rules: tuple[FiredRule, ...]
    transitions: int = Field(description="How many transitions there have been.")
    next_change_at: Moment | None = Field(
        description="When this changes next if nothing happens, null for never."
    )
    policy_version: str
    as_of: Moment = Field(description="All that happened until this instant is in here.")


class RuleExplanation(Contract):
    """Why a rule did or did not fire, by the facts as of now."""

    rule: str
    promotional: bool
    fired: FiredRule | None
    state: str = Field(
        description="fired, resting (in its cooldown), held (by an open complaint), "
        "waiting (due at next_at) or idle (its condition has not come about)."
    )
    next_at: Moment | None = Field(default=None, description="When it is due, if that is known.")
    because: str = Field(description="One sentence that says why, for a person to read.")
