"""Outlook: a row at an instant, and where its customer goes from there without another order."""

from collections.abc import Mapping
from dataclasses import dataclass

from topology.domain.history.instant import Instant, Span
from topology.domain.history.state import State
from topology.domain.occasions.set_off import Delay
from topology.domain.rules.ladders import BookLadder
from topology.domain.rules.scale import Scale


@dataclass(frozen=True, slots=True)
class NoOrder:
    """The segment of a customer who has not ordered for so long, and the one just before."""

    lasts: Span
    segment: str
    before: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the progress towards an occasion is told from."""

    state: State
    at: Instant
    recency: Scale
    stages: BookLadder
    tiers: BookLadder
    delays: Mapping[int, Delay]
    """Of the policy, by the place of their case."""
    no_orders: tuple[NoOrder, ...]
    """At each age of the last order at which R will fall, from the shortest on."""
