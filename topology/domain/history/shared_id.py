"""Shared ids: those with more orders within a day than one person makes.

The till of a store, a marketplace, or the one id that a shop gives to all of its guests gathers
strangers. The row of such an id describes nobody.
"""

from collections.abc import Sequence
from typing import Final

from topology.domain.history.instant import DAY, Instant
from topology.domain.history.ledger import Order

REPORTED_FOR: Final = 30 * DAY
"""For so long after its last such order an id is reported."""


def shared_at(orders: Sequence[Order], at_most: int) -> Instant | None:
    """When the latest of more than `at_most` orders within 24 hours was made, or None.

    The orders are by time.
    """
    for place in range(len(orders) - 1, at_most - 1, -1):
        if orders[place].at - orders[place - at_most].at < DAY:
            return orders[place].at
    return None


def is_shared(since: Instant | None, at: Instant) -> bool:
    """True if an id is reported at an instant; `since` is its last order of too many."""
    return since is not None and at < since + REPORTED_FOR
