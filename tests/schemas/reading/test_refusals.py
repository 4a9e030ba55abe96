"""The refusal of a message says what to write, and what was sent instead."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.messages.catalogue import MODEL_OF
from schemas.messages.reading.passed_over import side_paths
from schemas.messages.reading.refusals import WRITE
from tests.schemas.examples import messages
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.both_ways import both, order, over_kafka, refused, taken
from tests.schemas.reading.test_any_value import VALUES, leaves, with_value
from topology.agents.dead_letters import Refusal
from topology.domain.history.event import Event

EXAMPLES = {name: each | {"timestamp": "2026-11-20T10:15:00Z"} for name, each in messages().items()}
LIBRARY_S = ("Field required", "Input should", "validation", "String should", "Value error")


def without(**fields: Any) -> dict[str, Any]:
    """An order with some properties written in another way."""
    return order(properties=dict.fromkeys(("order_id",), ...) | fields)


@pytest.mark.parametrize("name", ["order", "order_number", "orderNo", "id", "ordr_id"])
def test_a_near_spelling_of_a_missing_field_is_named(name: str) -> None:
    assert refused(without(**{name: "o"})).detail == (
        f"properties.order_id is missing; `{name}` was sent: write it as `order_id`"
    )


def test_every_missing_field_is_named() -> None:
    found = refused(order(properties={"order_id": ..., "total": ..., "orderNumber": 5}))
    assert "`orderNumber` was sent: write it as `order_id`; properties.total is" in found.detail


def test_what_decides_nothing_is_no_part_of_a_refusal() -> None:
    """It would have been ignored."""
    odd = {"context": {"channel": 5}, "properties": {"total": "?", "coupon": [], "products": 7}}
    assert refused(order(**odd)).detail.startswith("properties.total can't be read: write a number")
    assert ";" not in refused(order(**odd)).detail


def test_a_total_that_cannot_be_read_is_called_as_it_was_sent() -> None:
    found = refused(order(properties={"total": ..., "orderTotal": "12,50"}))
    assert found.detail.startswith("properties.total (sent as `orderTotal`) can't be read: write")
    assert "sent as" not in refused(order(properties={"total": "12,50", "value": 3})).detail


def test_a_field_at_another_place_is_named() -> None:
    plain = order()
    del plain["properties"]
    assert refused(plain | {"order_id": "o", "total": 5}).detail == (
        "properties is missing; order_id and total stand beside it: put them into it"
    )
    assert "`order_id` was sent beside properties" in refused(without() | {"order_id": 5}).detail
    assert refused(plain).detail == "properties is missing; write an object with order_id and total"


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"client_id": "c"}, "client_id"),
        ({"customer_id": 7}, "customer_id"),
        ({"properties": {"customerId": 7}}, "properties.customerId"),
        ({"properties": {"customer": {"id": 1, "email": "a@b.de"}}}, "properties.customer.email"),
        ({"properties": {"email": "a@b.de"}}, "properties.email"),
        ({"context": {"traits": {"email": "a@b.de"}}}, "context.traits.email"),
    ],
)
@pytest.mark.parametrize("user", [..., 0, "", None, "undefined"])
def test_who_names_nobody_learns_how_by_what_they_sent(user: Any, more: Any, name: str) -> None:
    """Not the address itself: a refusal is read by others than the customer's own."""
    found = refused(order(userId=user, **more))
    assert found.reason == "no_profile"
    assert f"`{name}` was sent: " in found.detail
    assert "write it as `userId`" in found.detail
    assert "a@b" not in found.detail


@pytest.mark.parametrize(
    ("written", "near"),
    [
        *[(each, "Order Completed") for each in ("Order Placed", "purchase", "orders/create")],
        *[(each, "Order Completed") for each in ("checkout_completed", "order_completed_v2")],
        *[(each, "Order Completed") for each in ("Ecommerce: Order Completed", "Placed Order")],
        *[(each, "Order Completed") for each in ("order.created", "Ordr Completed", "orders/paid")],
        *[("refunds/create", "Order Refunded"), ("add_to_cart", "Product Added")],
        *[("begin_checkout", "Checkout Started"), ("ticket.closed", "Ticket Resolved")],
    ],
)
def test_an_event_of_another_platform_is_none_of_ours_but_the_near_one_is_named(
    written: str, near: str
) -> None:
    found, _ = over_kafka(order(event=written))
    assert isinstance(found, Refusal)
    assert found.reason == "unknown_shape"
    assert found.detail.startswith(
        f"`{written}` is no event that counts here; if you mean `{near}`, send it under that name"
    )


@pytest.mark.parametrize(
    "written", ["Clicked", "Video Played", "Product Removed", "x" * 99, "x" * 9000]
)
def test_an_event_that_is_near_to_none_gets_no_hint(written: str) -> None:
    found, _ = over_kafka(order(event=written))
    assert isinstance(found, Refusal)
    assert "if you mean" not in found.detail


def deciding() -> list[tuple[str, str]]:
    """The paths of all that decides, in each example."""
    found = []
    for name, message in EXAMPLES.items():
        kind = message["event"] if message["type"] == "track" else message["type"]
        side = set(side_paths(MODEL_OF[kind]))
        found += [
            (name, path)
            for path in leaves(message)
            if path not in {*side, "properties"}
            and path.split(".")[0] not in ("type", "event", "traits", "context")
        ]
    return found


@fuzzed
@given(st.sampled_from(deciding()), VALUES)
def test_no_refusal_is_in_the_words_of_a_library(place: tuple[str, str], value: Any) -> None:
    name, path = place
    found, _ = both(with_value(EXAMPLES[name], path, value))
    if isinstance(found, Refusal):
        assert not any(words in found.detail for words in LIBRARY_S), found.detail


@pytest.mark.parametrize(("name", "path"), deciding())
def test_for_every_field_that_decides_the_refusal_says_what_to_write(name: str, path: str) -> None:
    field = path.rpartition(".")[2]
    found, _ = both(with_value(EXAMPLES[name], path, {"a": 1}))
    if isinstance(found, Refusal) and found.reason == "invalid_field":
        assert field in found.detail
        assert field == "timestamp" or WRITE[field] in found.detail


@pytest.mark.parametrize("written", [{}, [], {"a": 1}, True, float("nan"), 1e400])
def test_a_message_id_that_is_none_is_ignored_and_named(written: Any) -> None:
    event, ignored = both(order(messageId=written))
    assert isinstance(event, Event)
    assert (event.message_id, ignored) == ("new", ("messageId",))
    assert getattr(over_kafka(order(messageId=written))[0], "message_id", None) == "t-0-0"


@pytest.mark.parametrize("written", ["x" * 257, "x" * 1000, "half \ud83d", 10**300])
def test_a_message_id_that_is_too_long_counts_by_its_hash(written: Any) -> None:
    """A retry has the same, another id another one."""
    first = taken(order(messageId=written))
    assert first.message_id.startswith("sha256-")
    assert len(first.message_id) == 71
    assert taken(order(messageId=written)).message_id == first.message_id
    assert taken(order(messageId=f"{written}2")).message_id != first.message_id
    assert both(order(messageId=written))[1] == ()
