"""The small job that the engines are compared by: four figures of each customer, and milestones.

Count, first, last and sum of a customer's orders; an output at the 2nd, 5th and 10th order.
"""

from typing import Any

MILESTONES = frozenset({2, 5, 10})

Row = dict[str, Any]


def absorb(row: Row | None, order: dict[str, Any]) -> Row:
    """Return a customer's row with an order in it."""
    at, total = order["timestamp"], order["properties"]["total"]
    if row is None:
        return {"count": 1, "first": at, "last": at, "sum": total}
    return {
        "count": row["count"] + 1,
        "first": min(row["first"], at),
        "last": max(row["last"], at),
        "sum": row["sum"] + total,
    }


def milestone(customer: str, row: Row) -> Row | None:
    """Return what goes out, or None if the row is at no milestone."""
    return {"customer": customer, **row} if row["count"] in MILESTONES else None
