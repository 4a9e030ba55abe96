"""An optional field that decides is never silently absent: other spellings, and near names."""

from typing import Any

import pytest

from schemas.messages.reading import IGNORED_PATHS, known_path
from schemas.messages.spelling import folded
from tests.schemas.reading.both_ways import both, order, outcome, refused, taken
from topology.domain.history.event import Event

WHEN = "2026-11-10T09:00:00Z"


def refund(**properties: Any) -> dict[str, Any]:
    """A refund without a total."""
    return order(event="Order Refunded", properties={"total": ..., "currency": ...} | properties)


def resolution(**properties: Any) -> dict[str, Any]:
    """The end of a complaint."""
    return order(event="Complaint Resolved") | {"properties": properties}


def lifting(**properties: Any) -> dict[str, Any]:
    """A customer comes off the suppression list."""
    return order(event="Customer Unsuppressed") | {"properties": properties}


def mention(**properties: Any) -> dict[str, Any]:
    """A mention on a network."""
    return order(event="Social Mentioned") | {"properties": {"network": "x"} | properties}


@pytest.mark.parametrize("name", ["Total", "TOTAL", "To tal", "t.o.t.a.l", "_total_"])
def test_a_total_in_any_spelling_is_the_total(name: str) -> None:
    assert taken(refund(**{name: 4})).properties.total == 4
    edited = taken(order(event="Order Updated", properties={"total": ..., name: 40}))
    assert edited.properties.total == 40
    assert taken(refund(**{name: 4, "total": ""})).properties.total == 4


PARTS: list[tuple[str, Any]] = [
    *[
        (name, [{"id": 1}])
        for name in (
            *("items", "line_items", "lineItems", "refund_line_items", "refunds", "transactions"),
            *("product", "LINEITEMS", "returned_items", "adjustments", "artikel", "Positionen"),
        )
    ],
    *[(name, "p-1") for name in ("product_id", "sku", "item", "variant_id", "SKU", "itemId")],
    *[
        (name, 5)
        for name in (
            *("quantity", "amount_cents", "total_cents", "amount_money", "refund_sum"),
            *("return_amount", "subtotal", "net", "gross", "tax", "adjustment", "percent", "qty"),
            *("betrag", "summe", "erstattung", "totl", "TOTAL_CENTS", "partial_amount", "shipping"),
            *("Gutschrift", "Teilbetrag", "teilerstattung", "refunded_quantity", "totalTax"),
            *("rückzahlung", "amt", "parts", "payment", "order_refund", "cash_back", "refunded"),
        )
    ],
    *[(name, {"shop_money": {"amount": 5}}) for name in ("total_price_set", "refund_amount_set")],
    *[(name, True) for name in ("partial", "is_partial", "isPartial", "partialRefund", "PARTIAL")],
    *[(name, False) for name in ("full", "is_full", "full_refund", "fullRefund", "complete")],
    *[(name, "partial") for name in ("type", "refund_type", "refundType", "kind", "status")],
    *[("status", "partially_refunded"), ("percent", "50 %"), ("percentage", 20), ("full", "no")],
]
NO_PARTS: list[tuple[str, Any]] = [
    *[("reason", "partial damage"), ("note", "one item broken"), ("coupon", "C"), ("comment", "x")],
    *[("affiliation", "shop"), ("refund_reason", "x"), ("refund_date", WHEN), ("created_at", WHEN)],
    *[("customer_name", "A"), ("email", "a@b.de"), ("payment_method", "card"), ("gateway", "x")],
    *[("partial", False), ("is_partial", "no"), ("full", True), ("type", "full"), ("percent", 100)],
    *[("percent", "100 %"), ("items", []), ("line_items", None), ("amount_cents", ""), ("tax", {})],
    *[
        ("payment_gateway", "paypal"),
        ("payment_id", 7),
        ("refund_policy", "30 days"),
        ("paid", True),
    ],
    *[("internet_order", True), ("agent", "x"), ("online", True), ("currency", "EUR"), ("tag", 1)],
]


@pytest.mark.parametrize(("name", "value"), PARTS)
def test_a_refund_that_names_a_part_is_never_of_the_whole_order(name: str, value: Any) -> None:
    found = refused(refund(**{name: value}))
    assert found.reason == "invalid_field"
    assert f"`{name}`" in found.detail
    assert "write what is given back as total" in found.detail
    assert taken(refund(**{name: value, "total": 3})).properties.total == 3


@pytest.mark.parametrize(("name", "value"), NO_PARTS)
def test_a_refund_that_names_no_part_is_of_the_whole_order(name: str, value: Any) -> None:
    assert taken(refund(**{name: value})).properties.total is None


def test_a_total_beside_the_properties_of_a_refund_is_named() -> None:
    assert "`total` was sent beside properties" in refused(refund() | {"total": 5}).detail


@pytest.mark.parametrize("name", ["subtotal", "totl", "amount_cents", "line_items", "Total_Cents"])
def test_an_edit_without_a_total_names_the_amounts_that_it_passes_over(name: str) -> None:
    event, ignored = both(order(event="Order Updated", properties={"total": ..., name: 5}))
    assert isinstance(event, Event)
    assert (event.properties.total, ignored) == (None, (f"properties.{name}",))
    assert known_path(ignored[0]) in IGNORED_PATHS


@pytest.mark.parametrize("name", ["ticketId", "Ticket_ID", "TicketID", "ticket-id", "TICKETID"])
def test_a_ticket_id_in_any_spelling_is_the_ticket_id(name: str) -> None:
    assert taken(resolution(**{name: "T-1"})).properties.ticket_id == "T-1"
    filed = order(event="Complaint Filed") | {"properties": {"ticketId": "T-1"}}
    assert taken(filed).properties.ticket_id == "T-1"


@pytest.mark.parametrize(
    "name",
    [
        *("ticket", "case_id", "id", "number", "caseNumber", "complaint_id", "issue", "request_id"),
        *("conversationId", "ticket_number", "ticketNo", "Vorgangsnummer", "reference", "tickt_id"),
    ],
)
def test_a_resolution_that_may_name_a_complaint_does_not_close_all(name: str) -> None:
    found = refused(resolution(**{name: "T-1"}))
    assert found.reason == "invalid_field"
    assert f"`{name}` may mean it: write which complaint it is as ticket_id" in found.detail
    assert taken(resolution(**{name: "T-1", "ticket_id": "T-2"})).properties.ticket_id == "T-2"


def test_a_resolution_that_names_no_complaint_closes_all() -> None:
    """What else a help desk says of it is no id."""
    for more in ({}, {"topic": "delivery"}, {"ticket_status": "closed"}, {"id": None}):
        assert taken(resolution(**more)).properties.ticket_id is None
    assert "beside properties" in refused(resolution() | {"ticketId": "T-1"}).detail


@pytest.mark.parametrize("name", ["Purpose", "PURPOSE", "pur pose"])
def test_a_purpose_in_any_spelling_is_the_purpose(name: str) -> None:
    assert refused(lifting(**{name: "sms"})).reason == "invalid_field"
    assert taken(lifting(**{name: "ALL"})).properties.purpose == "all"


@pytest.mark.parametrize(
    "name",
    [
        *("purposes", "channel", "channels", "list", "scope", "listId", "Kanal", "category"),
        *("subscription_group_id", "marketing_channel", "topic", "newsletter", "purpse"),
    ],
)
def test_a_lifting_that_may_name_a_purpose_lifts_nothing(name: str) -> None:
    found = refused(lifting(**{name: ["sms"]}))
    assert (found.reason, f"`{name}` may mean it" in found.detail) == ("invalid_field", True)
    assert taken(lifting(**{name: "all"})).properties.purpose == "all"
    assert taken(lifting(**{name: []}, reason="by letter")).properties.purpose == "all"


@pytest.mark.parametrize("event", ["Order Completed", "Order Updated", "Order Refunded"])
@pytest.mark.parametrize(
    "name",
    [
        *("currencyIso", "iso_currency_code", "order_currency", "priceCurrency", "Waehrung"),
        *("presentment_currency", "currencies", "curency", "ccy", "Währung"),
    ],
)
def test_a_total_whose_currency_may_be_another_is_refused(event: str, name: str) -> None:
    found = refused(order(event=event, properties={"currency": ..., name: "USD"}))
    assert (found.reason, f"`{name}` may mean it" in found.detail) == ("invalid_field", True)
    assert taken(order(event=event, properties={name: "USD"})).properties.currency == "EUR"
    assert taken(order(event=event, properties={"currency": ...})).properties.currency is None


@pytest.mark.parametrize("name", ["CURRENCY", "Currency_Code", "cur-rency"])
def test_a_currency_in_any_spelling_is_the_currency(name: str) -> None:
    found = refused(order(properties={"currency": ..., name: "USD"}))
    assert found.reason == "no_exchange_rate"


@pytest.mark.parametrize("name", ["sentiment_score", "sentimentValue", "mood", "Stimmung"])
def test_a_sentiment_under_a_near_name_is_named(name: str) -> None:
    event, ignored = both(mention(**{name: -1}))
    assert isinstance(event, Event)
    assert (event.properties.sentiment, ignored) == (None, (f"properties.{name}",))
    assert known_path(ignored[0]) == "properties.sentiment"
    assert taken(mention(Sentiment=-1)).properties.sentiment == -1


@pytest.mark.parametrize("name", ["id", "refund_number", "creditNoteId", "transaction_id"])
def test_a_refund_id_under_a_near_name_is_named(name: str) -> None:
    event, ignored = both(refund(total=3, currency="EUR", **{name: "r-1"}))
    assert isinstance(event, Event)
    assert (event.properties.refund_id, ignored) == (None, (f"properties.{name}",))
    assert known_path(ignored[0]) == "properties.refund_id"
    assert taken(refund(total=3, refundId="r")).properties.refund_id == "r"
    assert taken(refund(total=3, Refund_ID="r")).properties.refund_id == "r"


@pytest.mark.parametrize(
    "name", ["time", "created_at", "date", "ts", "order_date", "createdAt", "Datum", "timestmp"]
)
def test_a_time_under_a_near_name_is_named(name: str) -> None:
    assert both(order(timestamp=..., **{name: WHEN}))[1] == (name,)
    event, ignored = both(order(timestamp=..., properties={name: WHEN}))
    assert isinstance(event, Event)
    assert ignored == (f"properties.{name}",)
    assert known_path(ignored[0]) == known_path(name) == "timestamp"
    assert both(order(properties={name: WHEN}))[1] == ()


@pytest.mark.parametrize("name", ["Timestamp", "time_stamp", "TIMESTAMP", "originalTimestamp"])
def test_a_time_in_any_spelling_is_the_time(name: str) -> None:
    assert outcome(taken(order(timestamp=..., **{name: WHEN}))) == outcome(
        taken(order(timestamp=WHEN))
    )


@pytest.mark.parametrize(
    "more",
    [
        *[{"traits": {name: False}} for name in ("Consent", "CONSENT", "consent ", "con_sent")],
        *[{name: {"consent": False}} for name in ("Traits", "TRAITS")],
        {"context": {"Traits": {"Consent": False}}},
    ],
)
def test_consent_in_any_spelling_is_consent(more: dict[str, Any]) -> None:
    event, ignored = both({"type": "identify", "userId": "c", "messageId": "m"} | more)
    assert isinstance(event, Event)
    assert (event.properties, ignored) == ({"consent": False}, ())


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"user_traits": {"consent": False}}, "user_traits"),
        ({"userProperties": {"consent": False}}, "userProperties"),
        ({"properties": {"consent": False}}, "properties.consent"),
        ({"properties": {"Consent": False}}, "properties.consent"),
        ({"Consent": False}, "consent"),
        ({"context": {"CONSENT": False}}, "context.consent"),
        ({"traits": {"consent": True, "Consent": False}}, "traits.Consent"),
    ],
)
def test_consent_outside_of_its_place_is_named(more: dict[str, Any], path: str) -> None:
    event, ignored = both({"type": "identify", "userId": "c", "messageId": "m"} | more)
    assert isinstance(event, Event)
    assert ignored == (path,)
    assert known_path(path) in IGNORED_PATHS


@pytest.mark.parametrize("name", ["user_id", "UserID", "USER-ID", "user id"])
def test_the_id_of_a_person_in_any_spelling_names_the_profile(name: str) -> None:
    assert taken(order(userId=..., **{name: "c-9"})).profile == "c-9"


def test_a_name_is_only_folded_to_its_own_field() -> None:
    """The names that a test of the tables would miss."""
    assert folded("T.o_t-a l") == "total"
    assert refused(order(properties={"total": ..., "tot": 5})).reason == "invalid_field"
