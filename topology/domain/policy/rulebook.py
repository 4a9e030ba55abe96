"""The compiled policy: spans in microseconds, money in minor units, cases by occasion."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from schemas.messages.traits import KeptNames
from schemas.policy.model import Policy
from topology.domain.history.exchange import Exchange
from topology.domain.history.instant import Span
from topology.domain.occasions.compiled import Occasions
from topology.domain.policy.classifier import Classifier
from topology.domain.rules.calendar import QuietTime
from topology.domain.rules.case import BookCase, BookRule
from topology.domain.rules.conditions import ProfileCondition
from topology.domain.rules.ladders import BookLadder
from topology.domain.rules.scale import Scale


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
    traits: tuple[tuple[int, tuple[ProfileCondition, ...]], ...]


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
    stages: BookLadder
    tiers: BookLadder
    classifier: Classifier
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
    """The names that this policy and the product read: no limit drops them."""
    max_age: float
    """A trigger older than this is not sent."""
    oldest_event: Span
    """An event older than this is refused."""
    settle_for: Span
    """How long a customer's clock waits after history came in."""
    adoption_fires: bool
    """True if triggers that a changed policy sets off by itself are sent."""
    rest_after: float
    """After so many attempts without an answer promotion is held."""
    most_orders_per_day: float
    """An id with more orders than this within 24 hours gathers strangers."""
    rules: tuple[BookRule, ...]
    cases: tuple[BookCase, ...]
    cases_of: Mapping[str, tuple[BookCase, ...]]
    on: Occasions
