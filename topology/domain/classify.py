"""Classify: scores into a segment."""

from topology.domain.rulebook import Rulebook
from topology.domain.state import Sheet


def classify(sheet: Sheet, book: Rulebook) -> str:
    """Return the segment of a customer with these scores."""
    if sheet.last_order_at is None:
        return book.without_orders
    return book.grid[sheet.recency, sheet.frequency]
