"""Placeholders as ids of orders, refunds, tickets, triggers and messages, both ways."""

from typing import Any

import pytest

from schemas.messages.catalogue import EVENT_TYPES
from schemas.messages.reading.ids import ID_PROPERTIES
from tests.schemas.reading.both_ways import both, order, over_kafka, refused, taken
from topology.domain.history.event import Event

ALL = ID_PROPERTIES
PLACEHOLDERS: list[Any] = [
    *("undefined", "null", "NULL", "None", "NaN", "N/A", "-", "--", " ", "\t", "\u200b", "unknown"),
    *("[object Object]", "{{order.id}}", "{{ order.id }}", "shop-{{order.id}}", "${orderId}"),
    *("<order_id>", "%ORDER_ID%", "order_id", "0", "000", "-1", 0, -1, 0.0, "null null", "k.A."),
    *("00000000-0000-0000-0000-000000000000", "*|ORDER|*", "#REF!", "true"),
]
IDS: list[Any] = ["1", 1, "o-1", "#1001", "R-0", "undefined-7", "2026/0001", "A 1", "{42}", "00001"]
ABOUT_ORDERS = ["Order Completed", "Order Updated", "Order Refunded", "Order Cancelled"]
ABOUT_TICKETS = [
    *("Ticket Opened", "Ticket Resolved", "Complaint Filed", "Complaint Resolved"),
    *("Live Chat Conversation Started", "Live Chat Conversation Ended"),
]
ABOUT_TRIGGERS = ["Retention Action Delivered", "Retention Action Responded"]


def about(event: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return order(event=event, **more) | {"properties": properties}


def test_every_event_with_such_an_id_is_known() -> None:
    required = {name: [each for each, is_one in ids.items() if is_one] for name, ids in ALL.items()}
    assert {name for name, ids in required.items() if ids == ["order_id"]} == set(ABOUT_ORDERS)
    assert {name for name, ids in required.items() if ids == ["trigger_id"]} == set(ABOUT_TRIGGERS)
    assert {name for name, ids in ALL.items() if "ticket_id" in ids} == set(ABOUT_TICKETS)
    assert set(ALL) == {each.name for each in EVENT_TYPES}


@pytest.mark.parametrize("nobodys", PLACEHOLDERS)
@pytest.mark.parametrize("event", [*ABOUT_ORDERS, *ABOUT_TRIGGERS])
def test_a_required_id_that_is_a_placeholder_is_refused(event: str, nobodys: Any) -> None:
    """Else the second order with it would be lost as a repetition of the first."""
    name = "order_id" if event in ABOUT_ORDERS else "trigger_id"
    found = refused(about(event, {name: nobodys, "total": 10, "currency": "EUR"}))
    assert found.reason == "invalid_field"
    assert found.detail.startswith(f"properties.{name} is no id of a")
    assert "write the" in found.detail


@pytest.mark.parametrize("somebodys", IDS)
def test_any_other_id_stays_as_it_was_sent(somebodys: Any) -> None:
    event, ignored = both(about("Order Completed", {"order_id": somebodys, "total": 10}))
    assert isinstance(event, Event)
    assert (event.properties.order_id, ignored) == (str(somebodys), ())
    refund = {"order_id": "o", "total": 1, "refund_id": somebodys}
    assert taken(about("Order Refunded", refund)).properties.refund_id == str(somebodys)
    assert taken(order(messageId=somebodys)).message_id == str(somebodys)


@pytest.mark.parametrize("nobodys", PLACEHOLDERS)
@pytest.mark.parametrize("total", [1, "1", ...])
def test_a_refund_id_that_is_a_placeholder_is_as_good_as_none(nobodys: Any, total: Any) -> None:
    sent = {"order_id": "o", "total": total, "refund_id": nobodys}
    refund = {name: each for name, each in sent.items() if each is not ...}
    event, ignored = both(about("Order Refunded", refund))
    assert isinstance(event, Event)
    assert (event.properties.refund_id, ignored) == (None, ("properties.refund_id",))


@pytest.mark.parametrize("nobodys", PLACEHOLDERS)
@pytest.mark.parametrize("event", ABOUT_TICKETS)
def test_a_ticket_id_that_is_a_placeholder_is_as_good_as_none(event: str, nobodys: Any) -> None:
    found, ignored = both(about(event, {"ticket_id": nobodys}))
    assert isinstance(found, Event)
    assert (found.properties.ticket_id, ignored) == (None, ("properties.ticket_id",))


@pytest.mark.parametrize("nobodys", PLACEHOLDERS)
def test_a_message_id_that_is_a_placeholder_is_as_good_as_none(nobodys: Any) -> None:
    for message in (order(messageId=nobodys), order(messageId=nobodys, type="identify", event=...)):
        assert taken(message).message_id == "new", "the API makes one"
        event, ignored = over_kafka(message)
        absent, _ = over_kafka(message | {"messageId": None})
        assert isinstance(event, Event)
        assert isinstance(absent, Event)
        assert (event.message_id, ignored) == (absent.message_id, ())
