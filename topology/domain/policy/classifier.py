"""Classifier: a history and its scores into a value of each dimension."""

from typing import Final, NamedTuple

from schemas.policy.care import CALM
from schemas.policy.model import Policy
from topology.domain.history.state import History, Scores
from topology.domain.rules.ladders import BookLadder

_REMEMBERED: Final = 50_000


class Dimensions(NamedTuple):
    """The value of each dimension, in the order of `Dimension`."""

    segment: str
    stage: str
    tier: str
    care: str


class Classifier:
    """Finds the values of customers, and remembers them for those of whom only orders are known.

    It takes for granted that no case of a customer is open or just closed: see `steps.care`.
    """

    def __init__(self, policy: Policy, stages: BookLadder, tiers: BookLadder) -> None:
        segments = policy.segments
        self.start = Dimensions(
            segment=segments.without_orders, stage=stages.lowest, tier=tiers.lowest, care=CALM
        )
        """The values of a newcomer before their first event takes effect."""
        self._without_orders = segments.without_orders
        self._grid = {pair: cell.name for cell in segments.grid for pair in cell.pairs()}
        self._stages = stages
        self._tiers = tiers
        self._by_revenue = stages.by_revenue or tiers.by_revenue
        self._known: dict[tuple[int, ...], Dimensions] = {}
        self._made: dict[tuple[str, str, str], Dimensions] = {}

    def of(self, history: History, scores: Scores) -> Dimensions:
        """Return the values of a customer with this history and these scores.

        The key must have all that `_find` reads of a customer of whom only orders are known.
        """
        if history.known_person is not None:
            return self._find(history, scores)
        key = (
            scores.orders_total,
            scores.orders_in_window,
            scores.revenue_in_window if self._by_revenue else 0,
            scores.recency,
            scores.frequency,
            scores.monetary,
            history.bought_over,
        )
        values = self._known.get(key)
        if values is None:
            values = self._find(history, scores)
            if len(self._known) < _REMEMBERED:
                self._known[key] = values
        return values

    def _find(self, history: History, scores: Scores) -> Dimensions:
        segment = self._without_orders
        if scores.last_order_at is not None:
            segment = self._grid[scores.recency, scores.frequency]
        found = segment, self._stages.climb(history, scores), self._tiers.climb(history, scores)
        values = self._made.get(found)  # There are few, and one costs more than to find it.
        if values is None:
            values = self._made[found] = Dimensions(*found, CALM)
        return values
