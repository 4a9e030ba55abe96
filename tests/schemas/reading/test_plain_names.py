"""Plain names: what a reading says of names alone holds for every value."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.messages.catalogue import KNOWN_EVENTS
from schemas.messages.reading.plain_names import are_plain
from schemas.messages.reading.refund_parts import names_part
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.test_any_value import VALUES
from tests.schemas.reading.test_near_names import NO_PARTS, PARTS

OUTSIDE = ("type", "event", "messageId", "userId", "timestamp", "context", "properties")
WORDS = ["partial", "full", "percent", "type", "status", "cash", "refund", "total", "item", "net"]
ENDS = ["", "_id", "_at", "s", "_type", "_reason", "_amount", "Level", "_note", "ed"]
NAMES = st.builds(str.__add__, st.sampled_from(WORDS), st.sampled_from(ENDS)) | st.sampled_from(
    [name for name, _ in (*PARTS, *NO_PARTS)]
)
SPEAKING = st.sampled_from(["no", "partial", "teilweise", "50 %", "100", False, True, 0, 1, [1]])


@settings(fuzzed, max_examples=2_000)
@given(NAMES, VALUES | SPEAKING)
def test_a_plain_name_is_of_no_part_whatever_its_value(name: str, value: Any) -> None:
    """Else a refund of a part would be taken for one of the whole order."""
    if name not in {"total", "refund_id"} and names_part(name, value):
        assert not are_plain("Order Refunded", OUTSIDE, ("order_id", name))


@pytest.mark.parametrize(
    ("event", "inside"),
    [
        ("Order Completed", ("order_id", "total", "tax", "shipping", "discount", "affiliation")),
        ("Order Completed", ("order_id", "total", "products", "coupon", "checkout_id")),
        ("Order Refunded", ("order_id", "reason", "refund_id")),
        ("Order Refunded", ("order_id", "total", "currency", "products", "tax")),
        ("Complaint Resolved", ("agent", "note")),
        ("Customer Unsuppressed", ("reason",)),
        ("Social Followed", ("network", "handle", "url")),
    ],
)
def test_usual_names_are_plain(event: str, inside: tuple[str, ...]) -> None:
    assert are_plain(event, OUTSIDE, inside)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        *[("Order Completed", name) for name in ("Currency", "currency_code", "ccy", "währung")],
        *[("Order Completed", name) for name in ("Total", "\ufefftotal", "Order-ID", "Products")],
        *[("Order Refunded", name) for name in ("products", "amount", "items", "refundId", "rma")],
        *[("Order Refunded", name) for name in ("type", "full", "percent", "currency")],
        *[("Order Updated", name) for name in ("products", "revenue", "currency", "quantity")],
        *[("Complaint Resolved", name) for name in ("case", "ticketId", "Ticket ID", "id")],
        *[("Customer Unsuppressed", name) for name in ("channel", "list", "Purpose")],
        *[("Social Mentioned", name) for name in ("mood", "Handle", "sentimentscore")],
    ],
)
def test_a_name_that_may_mean_a_field_is_not_plain(event: str, name: str) -> None:
    known = {"Social Mentioned": ("network",), "Order Completed": ("order_id", "total")}
    assert not are_plain(event, OUTSIDE, (*known.get(event, ("order_id",)), name))


@pytest.mark.parametrize("event", sorted(KNOWN_EVENTS))
def test_times_are_plain_if_nothing_is_to_be_corrected(event: str) -> None:
    untimed = tuple(name for name in OUTSIDE if name != "timestamp")
    assert are_plain(event, (*OUTSIDE, "receivedAt", "sentAt", "originalTimestamp"), ())
    assert are_plain(event, (*untimed, "sentAt"), ())
    assert not are_plain(event, (*OUTSIDE, "sentAt"), ())
    for other in ("receivedAt", "originalTimestamp", "Timestamp", "created_at", "date"):
        assert not are_plain(event, (*untimed, other), ())
        assert are_plain(event, (*OUTSIDE, other), ()) == (other != "Timestamp")


@pytest.mark.parametrize("name", ["user_id", "User ID", "MessageId", "Context", "Sent-At"])
def test_another_spelling_at_the_top_level_is_not_plain(name: str) -> None:
    assert not are_plain("Cart Viewed", (*OUTSIDE, name), ())
