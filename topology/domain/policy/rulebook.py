"""The policy, made ready: spans in microseconds, money in minor units, cases by occasion."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from schemas.policy.model import Policy
from schemas.transition import Dimension
from topology.domain.facts.exchange import Exchange
from topology.domain.facts.instant import Instant, Span
from topology.domain.facts.kept import KeptNames
from topology.domain.facts.state import State
from topology.domain.policy.standing import Standings
from topology.domain.rules.calendar import QuietTime
from topology.domain.rules.case import BookCase, BookRule
from topology.domain.rules.conditions import StandingCondition
from topology.domain.rules.ladders import BookLadder
from topology.domain.rules.scale import Scale


@dataclass(frozen=True, slots=True)
class Delay:
    """A case that fires when the clock comes to an instant."""

    case: BookCase
    due: Callable[[State, Instant], Instant | None]
    """The first such instant at or after another, or None if there is none as things are."""
    what: str
    """What it is counted from."""


@dataclass(frozen=True, slots=True)
class Wakes:
    """The delays that customers of one stage can have, and what they wake up for."""

    delays: tuple[Delay, ...]
    silences: tuple[Span, ...]
    """How long without a sign of life, from the shortest on; `NEVER` ends them."""
    always: tuple[Delay, ...]
    looks: tuple[Delay, ...]
    """Only for who has looked around online."""
    traits: tuple[Delay, ...]
    """Only for who has told traits."""


class Cap(NamedTuple):
    """At most so many promotional triggers within this time."""

    at_most: int
    within: Span


@dataclass(frozen=True, slots=True)
class Ideal:
    """The ideal customer."""

    raises_from: float
    weights: int
    """All of them together."""
    traits: tuple[tuple[int, tuple[StandingCondition, ...]], ...]


@dataclass(frozen=True, slots=True)
class Occasions:
    """The cases, by what may set them off."""

    entering: Mapping[Dimension, Mapping[str, tuple[BookCase, ...]]]
    """By the dimension, and where on it a customer comes to."""
    recency: Mapping[int, tuple[BookCase, ...]]
    first_order: tuple[tuple[Span, BookCase], ...]
    last_order: tuple[tuple[Span, BookCase], ...]
    delays: tuple[Delay, ...]
    """All but those after the first order; also those after the last."""
    wakes: Mapping[str, Wakes]
    """For each stage the delays that there can be."""
    bad_review: tuple[tuple[float, BookCase], ...]
    good_review: tuple[tuple[float, BookCase], ...]
    mention: tuple[tuple[float, BookCase], ...]
    complaint: tuple[BookCase, ...]
    order_over: tuple[tuple[int, int, BookCase], ...]
    """(channels as bits, nth, case)"""
    order_over_any: int
    """The channels of all of these."""
    unanswered: tuple[tuple[int, BookCase], ...]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A compiled policy."""

    policy: Policy
    version: str
    currency: str
    digits: int
    exchange: Exchange
    window: Span
    recency: Scale
    ages: tuple[Span, ...]
    """The ages of the last order at which something changes: R falls, or a delay ends.

    They ascend, and `NEVER` ends them.
    """
    frequency: Scale
    monetary: Scale
    without_orders: str
    stages: BookLadder
    tiers: BookLadder
    standings: Standings
    bad_review: float
    """A review with this rating or a lower one opens a case; likewise the next three."""
    bad_nps: float
    bad_csat: float
    bad_sentiment: float
    open_for: Span
    recovering_for: Span
    ideal: Ideal | None
    caps: tuple[Cap, ...]
    quiet: QuietTime
    needs_consent: str | None
    """The purpose that a customer must have agreed to before any promotion."""
    kept: KeptNames
    """What this policy and the product read: no limit drops it."""
    max_age: float
    """A trigger older than this is not sent."""
    oldest_event: Span
    """An event older than this is not believed."""
    settle_for: Span
    """How long the clock waits for a customer of whom history came in."""
    adoption_fires: bool
    """True if what a changed policy sets off by itself is sent."""
    rest_after: float
    """So many attempts without an answer, and promotion waits."""
    most_orders_per_day: float
    """An id with more orders than this within 24 hours gathers strangers."""
    rules: tuple[BookRule, ...]
    cases: tuple[BookCase, ...]
    cases_of: Mapping[str, tuple[BookCase, ...]]
    on: Occasions
    first_ages: tuple[Span, ...]
    """The delays after a first order, from the shortest on; `NEVER` ends them."""
    longest_delay: Span
    """The longest of them."""
    shortest_delay: float
    """The shortest."""
