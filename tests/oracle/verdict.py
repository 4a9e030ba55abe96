"""What must come out of a history."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypedDict

from tests.oracle.once import once

DIMENSIONS: Final = ("segment", "stage", "tier", "care")


@dataclass(frozen=True)
class Transition:
    """A customer went from one segment, stage, tier or care to another.

    `at` is when it took effect, `cause` is event, refund or clock, and `message_id` says which
    event, if one did and has an id.
    """

    customer: str
    dimension: str
    before: str
    after: str
    at: datetime
    cause: str
    message_id: str | None
    sequence: int


@dataclass(frozen=True)
class Trigger:
    """A rule fired. `since` is when its occasion was: earlier than `at` if it had to wait.

    `fit` is how well the customer fitted the shop then, from 0 to 1. It counts, and is not `sent`,
    if it comes too late, or if the history was not whole: `unsent_because` says which.
    """

    customer: str
    rule: str
    kind: str
    template: str | None
    priority: str
    at: datetime
    not_before: datetime | None
    attempt: int
    since: datetime
    fit: float
    sent: bool = True
    unsent_because: str = ""


@dataclass(frozen=True)
class Totals:
    """The figures of a customer at the end."""

    last_order_at: datetime | None
    orders_in_window: int
    revenue_in_window: int
    orders_total: int
    recency_score: int
    frequency_score: int
    monetary_score: int
    unanswered: int


@dataclass(frozen=True)
class Outcome:
    """What came of one customer. `held` names rules, each with the instant of its occasion.

    `suppressed` is whether the customer is on the suppression list.
    """

    dimensions: dict[str, str]
    totals: Totals
    traits: dict[str, object]
    suppressed: bool
    held: dict[str, datetime]
    transitions: tuple[Transition, ...]
    triggers: tuple[Trigger, ...]
    events: int
    orders: int
    revenue_cents: int


class Summary(TypedDict):
    """The counts that the demo prints as its last line; only what occurs is listed."""

    orders: int
    customers: int
    revenue_cents: int
    segments: dict[str, int]
    transitions: int
    triggers: dict[str, int]


@dataclass(frozen=True)
class Verdict:
    """What must come out of many customers' histories.

    The lists are in the order of time; at one instant, customers by their ids; what one customer
    did at one instant, in the order in which it took effect.
    """

    customers: dict[str, Outcome]

    @once
    def transitions(self) -> list[Transition]:
        """All transitions."""
        found = (each for one in self.customers.values() for each in one.transitions)
        return sorted(found, key=lambda each: (each.at, each.customer))

    @once
    def triggers(self) -> list[Trigger]:
        """All triggers."""
        found = (each for one in self.customers.values() for each in one.triggers)
        return sorted(found, key=lambda each: (each.at, each.customer))

    def dimensions(self, dimension: str) -> dict[str, str]:
        """Where each customer stands in a dimension at the end."""
        return {name: one.dimensions[dimension] for name, one in self.customers.items()}

    def counts(self, dimension: str) -> dict[str, int]:
        """How many customers stand where; only what occurs."""
        return dict(sorted(Counter(self.dimensions(dimension).values()).items()))

    @property
    def summary(self) -> Summary:
        """The counts of everything."""
        rules: Iterator[str] = (each.rule for each in self.triggers)
        return Summary(
            orders=sum(one.orders for one in self.customers.values()),
            customers=len(self.customers),
            revenue_cents=sum(one.revenue_cents for one in self.customers.values()),
            segments=self.counts("segment"),
            transitions=len(self.transitions),
            triggers=dict(sorted(Counter(rules).items())),
        )
