"""Customers who are large early: with few orders kept whole, by the product and by the oracle."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from hypothesis import strategies as st

from tests.topology.domain.histories import histories
from tests.topology.domain.life import BOOK
from tests.topology.domain.messages import Json

WHOLE = 3
WINDOW = timedelta(microseconds=BOOK.window)
NEVER_LATER = datetime.max.replace(tzinfo=UTC)
TAKEN_BACK = ("Order Refunded", "Order Cancelled")


@contextmanager
def few_whole(many: int = WHOLE) -> Iterator[None]:
    """Only so many orders are kept whole, so that few orders make a large customer."""
    with (
        patch("topology.domain.history.orders.KEPT", many),
        patch("tests.oracle.history.WHOLE", many),
    ):
        yield


def untouched_once_folded(messages: list[Json], whole: int = WHOLE) -> list[Json]:
    """The history, but what is folded is neither refunded nor sent twice.

    Nothing is said of orders that never come either, and no order is refunded a window before the
    newest one: such a refund is given up if it comes before its order.
    """
    first: dict[str, Json] = {}
    for each in messages:
        if each.get("event") == "Order Completed":
            first.setdefault(each["properties"]["order_id"], each)
    places = sorted((_time_of(each), name) for name, each in first.items())
    latest = {name for _, name in places[-whole:]}
    since = places[-1][0] - WINDOW if places else NEVER_LATER
    return [each for each in messages if _is_kept(each, first, latest, since)]


def _is_kept(each: Json, first: dict[str, Json], latest: set[str], since: datetime) -> bool:
    name = each.get("properties", {}).get("order_id")
    if each.get("event") == "Order Completed":
        return first[name] is each
    # An edit may come before its order: what is folded would depend on when it did.
    return each.get("event") != "Order Updated" and (
        each.get("event") not in TAKEN_BACK or (name in latest and _time_of(each) > since)
    )


def _time_of(each: Json) -> datetime:
    return datetime.fromisoformat(each["timestamp"])


def large_histories(max_size: int = 14) -> st.SearchStrategy[list[Json]]:
    """What a customer with many orders did, in order of time."""
    return histories(max_size=max_size).map(untouched_once_folded).filter(bool)
