"""Classifier: facts and scores into a value of each dimension."""

from collections.abc import Mapping
from typing import Final

from schemas.policy.care import CALM
from topology.domain.history.dimensions import Dimensions
from topology.domain.history.state import History, Scores
from topology.domain.rules.ladders import BookLadder

_REMEMBERED: Final = 50_000


class Classifier:
    """Finds where customers stand, and remembers it for those of whom only orders are known.

    It takes for granted that no case of a customer is open or just closed: see `classify`.
    """

    def __init__(
        self,
        without_orders: str,
        grid: Mapping[tuple[int, int], str],
        stages: BookLadder,
        tiers: BookLadder,
    ) -> None:
        self.start = Dimensions(without_orders, stages.lowest, tiers.lowest, CALM)
        """Where a newcomer stands before their first event takes effect."""
        self._without_orders = without_orders
        self._grid = grid
        self._stages = stages
        self._tiers = tiers
        self._by_revenue = stages.by_revenue or tiers.by_revenue
        self._known: dict[tuple[int, ...], Dimensions] = {}

    def of(self, history: History, scores: Scores) -> Dimensions:
        """Return where a customer with these facts and figures stands."""
        if history.told is not None:
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
        ordered = scores.last_order_at is not None
        return Dimensions(
            self._grid[scores.recency, scores.frequency] if ordered else self._without_orders,
            self._stages.climb(history, scores),
            self._tiers.climb(history, scores),
            CALM,
        )
