"""Classifier: facts and scores into a value of each dimension."""

from collections.abc import Mapping
from typing import Final

from schemas.policy.care import CALM
from topology.domain.history.dimensions import Dimensions
from topology.domain.history.state import Facts, Sheet
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

    def of(self, facts: Facts, sheet: Sheet) -> Dimensions:
        """Return where a customer with these facts and figures stands."""
        if facts.told is not None:
            return self._find(facts, sheet)
        key = (
            sheet.orders_total,
            sheet.orders_in_window,
            sheet.revenue_in_window if self._by_revenue else 0,
            sheet.recency,
            sheet.frequency,
            sheet.monetary,
            facts.bought_over,
        )
        values = self._known.get(key)
        if values is None:
            values = self._find(facts, sheet)
            if len(self._known) < _REMEMBERED:
                self._known[key] = values
        return values

    def _find(self, facts: Facts, sheet: Sheet) -> Dimensions:
        ordered = sheet.last_order_at is not None
        return Dimensions(
            self._grid[sheet.recency, sheet.frequency] if ordered else self._without_orders,
            self._stages.climb(facts, sheet),
            self._tiers.climb(facts, sheet),
            CALM,
        )
