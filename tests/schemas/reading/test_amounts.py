"""What orders, edits and refunds come to, by whatever a sender writes."""

import json
from codecs import BOM_UTF8
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.messages.reading.amounts import TOTALS
from schemas.plain_json import number_in
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.both_ways import both, order, refused, taken
from topology.domain.history.event import Event

LINES = [{"product_id": "p-1", "price": 9.9, "quantity": 2}, {"price": "5.20"}]


def refund(**properties: Any) -> dict[str, Any]:
    """A refund without a total."""
    return order(event="Order Refunded", properties={"total": ..., "currency": ...} | properties)


def edit(**properties: Any) -> dict[str, Any]:
    """An edit without a total."""
    return order(event="Order Updated", properties={"total": ...} | properties)


def test_a_refund_of_products_is_worth_their_prices() -> None:
    assert taken(refund(products=LINES)).properties.total == 25.0
    assert taken(refund(products=LINES, total=7)).properties.total == 7
    assert taken(refund(products=[{"price": 0.1, "quantity": 3}])).properties.total == 0.3
    assert taken(refund(products=[None, {"price": 3}])).properties.total == 3


@pytest.mark.parametrize("products", [..., None, [], [None], ""])
def test_a_refund_without_products_and_total_is_of_the_whole_order(products: Any) -> None:
    assert taken(refund(products=products)).properties.total is None


@pytest.mark.parametrize(
    "line",
    [
        *[{"product_id": "p-1"}, {"price": "5,20"}, {"price": -5}, {"price": True}, "p-1"],
        *[{"price": 5, "quantity": "a few"}, {"price": float("nan")}, {"price": 1e400}],
    ],
)
def test_a_refund_of_products_without_a_price_is_refused(line: Any) -> None:
    """It is no refund of the whole order, and nobody knows of how much."""
    found = refused(refund(products=[*LINES, line]))
    assert found.reason == "invalid_field"
    assert "write what is given back as total" in found.detail
    assert taken(refund(products=[*LINES, line], total=4)).properties.total == 4


@pytest.mark.parametrize("event", TOTALS)
def test_a_total_is_read_by_its_other_names_in_any_spelling(event: str) -> None:
    for name in TOTALS[event].names:
        for written in (name, name.upper(), f"{name[:3]}_{name[3:]}", f"{name[:3]}-{name[3:]}"):
            message = order(event=event, properties={"total": ..., written: "12.50"})
            assert taken(message).properties.total == 12.5, written


@pytest.mark.parametrize("event", TOTALS)
def test_an_amount_that_may_mean_something_else_is_never_passed_over_silently(event: str) -> None:
    for name in TOTALS[event].unsure:
        assert name not in TOTALS[event]
        found = refused(order(event=event, properties={"total": ..., name: 12}))
        assert (found.reason, f"`{name}`" in found.detail) == ("invalid_field", True), found.detail
        assert taken(order(event=event, properties={name: 99})).properties.total == 10


@pytest.mark.parametrize("event", TOTALS)
@pytest.mark.parametrize("name", ["currency_code", "currencyCode", "Currency", "CURRENCY"])
def test_a_currency_under_another_name_is_the_currency(event: str, name: str) -> None:
    """Or an order of 10 dollars would count as one of 10 euros."""
    assert refused(order(event=event, properties={"currency": ..., name: "USD"})).reason == (
        "no_exchange_rate"
    )
    assert taken(order(event=event, properties={"currency": ..., name: " eur"})).properties
    assert taken(order(event=event, properties={name: "USD"})).properties.currency == "EUR"


def test_an_edit_without_a_total_is_taken_and_says_nothing_of_money() -> None:
    for more in ({}, {"status": "shipped"}, {"currency": "CHF"}, {"currency": 5}):
        assert taken(edit(**more)).properties.total is None
    event, ignored = both(edit(status="shipped", products=[{"product_id": "p", "price": 4}]))
    assert isinstance(event, Event)
    assert (event.properties.products, ignored) == ((), ("properties.products",))


def test_a_whole_refund_is_taken_whatever_its_currency() -> None:
    """No amount is in it."""
    for currency in ("CHF", "XXX", "?", 5):
        assert taken(refund(currency=currency)).properties.total is None


READ = {
    "12": 12,
    "12.50": 12.5,
    " 12 ": 12,
    "\t5\n": 5,
    "+5": 5,
    "1e3": 1000,
    "1.5E+2": 150,
    "007": 7,
    ".5": 0.5,
    "5.": 5,
    "-0": 0,
}
REFUSED = [
    *(
        "1_000",
        "\uff11\uff10\uff10",
        "\u0661\u0662",
        "Infinity",
        "inf",
        "NaN",
        "0x10",
        "0b1",
        "1,000.00",
        "12,50",
        "5 €",
    ),
    *(
        "1 000",
        "1'000",
        "EUR 5",
        "$5",
        "--5",
        "1e",
        "e3",
        ".",
        "+",
        "five",
        "5%",
        "½",
        "²",
        "1e999",
    ),
    *("\u22125", "5\x00", "1\n2", "5f", "(5)", "true"),
]


@pytest.mark.parametrize(("written", "number"), READ.items())
def test_a_number_as_text_is_read(written: str, number: float) -> None:
    assert taken(order(properties={"total": written})).properties.total == number


@pytest.mark.parametrize("written", REFUSED)
def test_what_may_be_another_number_is_refused(written: str) -> None:
    assert refused(order(properties={"total": written})).reason == "invalid_field"
    assert refused(order(event="Product Reviewed", properties={"rating": written})).reason
    assert number_in(written) is None


def test_ratings_scores_and_prices_are_read_alike() -> None:
    review, survey = {"rating": " 4.5 "}, {"survey": "nps", "score": "1e1"}
    assert taken(order(event="Product Reviewed", properties=review)).properties.rating == 4.5
    assert taken(order(event="Survey Answered", properties=survey)).properties.score == 10
    event, ignored = both(order(properties={"products": [{"price": "1_0", "quantity": "2"}]}))
    assert isinstance(event, Event)
    assert ignored == ("properties.products.price",)
    assert event.properties.products[0].quantity == 2


@fuzzed
@given(st.text("0123456789.,+-eE_xX \u0661\uff11\u00a0", max_size=8))
def test_a_number_is_read_only_if_ascii_digits_say_it(written: str) -> None:
    """The same as JSON says it, but for its sign, zeros before it, and its point."""
    number = number_in(written)
    found, _ = both(order(properties={"total": written or "x"}))
    if number is None:
        assert not isinstance(found, Event)
        return
    plain = written.strip()
    assert plain.isascii()
    assert set(plain) <= set("0123456789.+-eE")
    assert number == float(plain)
    if isinstance(found, Event):
        assert found.properties.total == number


def test_a_byte_order_mark_costs_no_message() -> None:
    assert taken(BOM_UTF8 + json.dumps(order()).encode()).properties.total == 10
