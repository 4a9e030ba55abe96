"""Standing: scores and facts into segment, stage and tier."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from topology.domain.facts.state import Facts, Sheet
from topology.domain.rules.ladders import BookLadder

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

    def of(self, facts: Facts, sheet: Sheet) -> Standing:
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
        standing = self._known.get(key)
        if standing is None:
            standing = self._find(facts, sheet)
            if len(self._known) < _REMEMBERED:
                self._known[key] = standing
        return standing

    def _find(self, facts: Facts, sheet: Sheet) -> Standing:
        ordered = sheet.last_order_at is not None
        return Standing(
            self._grid[sheet.recency, sheet.frequency] if ordered else self._without_orders,
            self._stages.climb(facts, sheet),
            self._tiers.climb(facts, sheet),
        )
