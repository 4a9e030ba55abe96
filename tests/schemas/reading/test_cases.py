"""Forms that real senders use, over HTTP and from Kafka."""

import json
from typing import Any

import pytest

from tests.schemas.reading.both_ways import both, order, refused, taken
from topology.domain.history.channels import CHANNEL_CODES
from topology.domain.history.event import Event
from topology.domain.history.instant import to_datetime

PRODUCTS: list[tuple[Any, tuple[str, ...]]] = [
    (None, ()),
    ({}, ("properties.products",)),
    ('[{"product_id":"p1"}]', ("properties.products",)),
    ([None], ()),
    ([7, {"product_id": "p1"}], ("properties.products",)),
    ([{"product_id": "p1", "category": ["Shoes"]}], ("properties.products.category",)),
    ([{"product_id": "p1", "price": ""}], ("properties.products.price",)),
    ([{"product_id": "p1", "price": "1,50"}], ("properties.products.price",)),
    ([{"product_id": "p1", "quantity": ""}], ("properties.products.quantity",)),
    ([{"product_id": ""}], ("properties.products.product_id",)),
]


@pytest.mark.parametrize(("products", "ignored"), PRODUCTS)
def test_products_that_cannot_be_read_cost_no_order(products: Any, ignored: tuple[str]) -> None:
    event, ignored_fields = both(order(properties={"products": products}))
    assert isinstance(event, Event)
    assert (event.properties.total, ignored_fields) == (10, ignored)


def test_of_a_list_only_what_cannot_be_read_is_left_out() -> None:
    products = [{"product_id": "a"}, "b", {"product_id": "c", "category": []}, None]
    event = taken(order(properties={"products": products}))
    assert [each.product_id for each in event.properties.products] == ["a", "c"]


@pytest.mark.parametrize("coupon", [False, [], {}, 1.5, True])
def test_a_coupon_costs_no_order(coupon: Any) -> None:
    assert taken(order(properties={"coupon": coupon})).properties.total == 10


@pytest.mark.parametrize(
    ("more", "ignored"),
    [
        ({"context": {"externalIds": [{"id": "", "type": "email"}]}}, ("context.externalIds",)),
        ({"context": {"externalIds": [{"id": None, "type": "email"}]}}, ("context.externalIds",)),
        ({"context": {"externalIds": [{"id": "k", "type": None}]}}, ()),
        ({"context": {"externalIds": "k"}}, ("context.externalIds",)),
        ({"context": {"externalIds": [{"id": "k", "type": 7}, [], {}]}}, ("context.externalIds",)),
        ({"anonymousId": {}}, ("anonymousId",)),
        ({"anonymousId": "a" * 257}, ("anonymousId",)),
        ({"anonymousId": "half \ud83d"}, ("anonymousId",)),
        ({"context": {"channel": "Web"}}, ()),
        ({"context": {"channel": "sources"}}, ()),
        ({"context": {"channel": "fax"}}, ("context.channel",)),
        ({"context": []}, ("context",)),
        ({"context": "web"}, ("context",)),
        ({"messageId": ""}, ()),
        ({"messageId": "undefined"}, ()),
        ({"sentAt": "yesterday"}, ("sentAt",)),
        ({"receivedAt": {}}, ("receivedAt",)),
        ({"originalTimestamp": "20.11."}, ("originalTimestamp",)),
        ({"integrations": 1e400, "n": 10**40, "nan": float("nan"), "half": "\ud83d"}, ()),
    ],
)
def test_a_side_field_of_the_envelope_costs_no_order(
    more: dict[str, Any], ignored: tuple[str]
) -> None:
    event, ignored_fields = both(order(**more))
    assert isinstance(event, Event), event
    assert (event.profile, event.properties.total, ignored_fields) == ("c-1", 10, ignored)
    assert to_datetime(event.at).isoformat() == "2026-11-20T09:00:00+00:00"
    assert event.message_id not in {"", "undefined"}


@pytest.mark.parametrize(
    "fields",
    [
        {"event": "Customer Suppressed", "properties": {"reason": "x" * 201}},
        {"event": "Customer Suppressed", "properties": {"reason": {"by": "letter"}}},
        {"event": "Customer Suppressed", "properties": "by letter"},
        {"event": "Newsletter Unsubscribed", "properties": []},
        {"event": "Complaint Filed", "properties": {"ticket_id": {}, "severity": [3]}},
        {"event": "Complaint Filed", "properties": "angry"},
        {"event": "Product Reviewed", "properties": {"rating": 1, "review_body": float("nan")}},
        {"event": "Survey Answered", "properties": {"survey": "nps", "score": 1, "comment": 7.5}},
    ],
)
def test_an_opt_out_or_a_complaint_is_not_lost_by_a_side_field(fields: dict[str, Any]) -> None:
    taken(order() | fields)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"order_id": {}}, "invalid_field"),
        ({"order_id": "half \ud83d"}, "invalid_field"),
        ({"total": "much"}, "invalid_field"),
        ({"total": float("nan"), "revenue": 5}, "invalid_field"),
        ({"total": -1}, "negative_total"),
        ({"currency": "€"}, "unknown_currency"),
    ],
)
def test_what_decides_is_checked_strictly(properties: dict[str, Any], reason: str) -> None:
    assert refused(order(properties=properties)).reason == reason


def test_of_a_resolution_the_ticket_decides_and_of_a_lifting_the_purpose() -> None:
    for fields in (
        {"event": "Complaint Resolved", "properties": {"ticket_id": {}}},
        {"event": "Customer Unsuppressed", "properties": {"purpose": "sms"}},
        {"event": "Social Mentioned", "properties": {"network": "x", "sentiment": "angry"}},
    ):
        assert refused(order() | fields).reason == "invalid_field"


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        ({"revenue": "59.90"}, 59.9),
        ({"value": 5}, 5),
        ({"total": None, "revenue": 7, "value": 8}, 7),
        ({"total": 0, "revenue": 7}, 0),
        ({"total": "6", "revenue": "much"}, 6),
    ],
)
def test_the_total_is_else_the_revenue_else_the_value(amounts: Any, total: float) -> None:
    assert taken(order(properties={"total": ...} | amounts)).properties.total == total


def test_the_number_of_a_card_is_found_in_the_singular() -> None:
    event = taken(order(context={"externalId": [{"id": "card-7", "type": "loyalty"}]}))
    assert [each.id for each in event.message.context.external_ids] == ["card-7"]


@pytest.mark.parametrize(
    ("event", "properties", "name"),
    [
        ("Survey Answered", {"survey": "NPS", "score": 2}, "Survey Answered"),
        ("survey_answered", {"survey": "Net Promoter Score", "score": 2}, "Survey Answered"),
        ("order_completed", {}, "Order Completed"),
        ("OrderCompleted", {}, "Order Completed"),
        ("ORDER COMPLETED", {}, "Order Completed"),
        ("Completed Order", {}, "Order Completed"),
        (" order-completed ", {}, "Order Completed"),
        ("Viewed Product", {}, "Product Viewed"),
        ("Added Product", {}, "Product Added"),
        ("Order Canceled", {}, "Order Cancelled"),
        ("live_chat_conversation_started", {}, "Live Chat Conversation Started"),
    ],
)
def test_an_event_is_known_by_any_spelling(event: str, properties: Any, name: str) -> None:
    assert taken(order(event=event, properties=properties)).name == name
    assert taken(order(type="TRACK", event=event, properties=properties)).name == name


@pytest.mark.parametrize(
    ("written", "network"),
    [("Instagram", "instagram"), ("twitter", "x"), ("IG", "instagram"), ("Tik Tok", "tiktok")],
)
def test_a_network_is_known_by_its_common_names(written: str, network: str) -> None:
    fields = {"event": "Social Followed", "userId": ..., "properties": {"network": written}}
    message = order(**fields) | {"properties": {"network": written, "handle": "h"}}
    event = taken(message)
    assert (event.profile, event.channel) == (f"{network}:h", CHANNEL_CODES[network])


@pytest.mark.parametrize(
    ("written", "channel"),
    [("WEB", "web"), ("mobile", "app"), ("POS", "store"), ("In-Store", "store"), ("server", "web")],
)
def test_a_channel_is_known_by_its_common_names(written: str, channel: str) -> None:
    assert taken(order(context={"channel": written})).channel == CHANNEL_CODES[channel]


@pytest.mark.parametrize(
    ("written", "born"),
    [
        ("1990-05-17T00:00:00.000Z", "1990-05-17"),
        ("1990-05-17 00:00:00", "1990-05-17"),
        ("1990-05-17", "1990-05-17"),
        (" 1990-05-17 ", "1990-05-17"),
        ("17.5.1990", "1990-05-17"),
        ("in May", None),
    ],
)
def test_a_birthday_with_a_time_is_a_date(written: str, born: str | None) -> None:
    for fields in (
        {"traits": {"birthday": written}},
        {"context": {"traits": {"birthday": written}}},
    ):
        message: Any = taken(order(type="identify", **fields)).message
        assert message.traits.get("birthday") == born


def test_traits_of_which_one_cannot_be_read_keep_the_others() -> None:
    traits = {"city": "Wien", "motto": "half \ud83d", "consent": {"ads": False}}
    event, ignored = both(order(type="identify", traits=traits))
    assert isinstance(event, Event)
    assert ignored == ("traits.motto",)
    assert getattr(event.message, "traits", None) == {"city": "Wien", "consent": {"ads": False}}
    assert both(order(type="identify", traits=["name"]))[1] == ("traits",)


def test_pages_and_screens_are_events_both_ways() -> None:
    assert taken(order(type="page", event=...)).name == "Page Viewed"
    screen = taken(order(type="Screen", event=...))
    assert (screen.name, screen.channel) == ("Screen Viewed", CHANNEL_CODES["app"])


def test_nulls_written_out_are_as_good_as_left_out() -> None:
    plain = order()
    nulls: dict[str, Any] = dict.fromkeys(("anonymousId", "sentAt", "receivedAt", "context"))
    full = plain | nulls | {"properties": plain["properties"] | {"products": None, "coupon": None}}
    assert both(full) == (both(full)[0], ())
    assert json.dumps(taken(full).properties.total) == "10.0"


@pytest.mark.parametrize("name", ["total", "revenue", "value"])
@pytest.mark.parametrize("event", ["Order Completed", "Order Updated", "Order Refunded"])
def test_an_order_an_edit_and_a_refund_come_to_whatever_a_library_calls_it(
    event: str, name: str
) -> None:
    properties = {"total": "", name: 20}
    assert taken(order(event=event, properties=properties)).properties.total == 20


@pytest.mark.parametrize(
    ("written", "read"), [("eur ", "eur"), (" EUR", "EUR"), ("", None), (" ", None)]
)
def test_blanks_around_a_currency_cost_no_order(written: str, read: str | None) -> None:
    assert taken(order(properties={"currency": written})).properties.currency == read
