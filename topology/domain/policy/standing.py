"""Standing: scores and facts into segment, stage and tier."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from topology.domain.history.state import History, Scores
from topology.domain.policy.ladders import BookLadder

_REMEMBERED: Final = 50_000


class Standing(NamedTuple):
    """Where a customer stands."""

    segment: str
    stage: str
    tier: str


class Standings:
    """Finds where customers stand, and remembers it for those of whom only orders are known."""

    def __init__(
        self,
        without_orders: str,
        grid: Mapping[tuple[int, int], str],
        stages: BookLadder,
        tiers: BookLadder,
    ) -> None:
        self._without_orders = without_orders
        self._grid = grid
        self._stages = stages
        self._tiers = tiers
        self._by_revenue = stages.by_revenue or tiers.by_revenue
        self._known: dict[tuple[int, ...], Standing] = {}

    def of(self, history: History, scores: Scores) -> Standing:
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
        standing = self._known.get(key)
        if standing is None:
            standing = self._find(history, scores)
            if len(self._known) < _REMEMBERED:
                self._known[key] = standing
        return standing

    def _find(self, history: History, scores: Scores) -> Standing:
        ordered = scores.last_order_at is not None
        return Standing(
            self._grid[scores.recency, scores.frequency] if ordered else self._without_orders,
            self._stages.climb(history, scores),
            self._tiers.climb(history, scores),
        )
