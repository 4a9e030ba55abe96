"""Webhooks come twice, late, in any order or never: the customer's orders are the same."""

from itertools import permutations
from typing import Any, NamedTuple

import pytest

from tests.services.connect.shop import golden
from tests.services.connect.test_golden import life_of, messages_of
from topology.domain.history.instant import to_datetime

Messages = list[dict[str, Any]]


class Left(NamedTuple):
    """What is left of an order."""

    placed_at: str
    total: int
    net: int
    counts: bool


def orders_after(*webhooks: Messages) -> list[Left]:
    """The customer's orders after these webhooks."""
    history = life_of([each for messages in webhooks for each in messages]).row.history
    return [
        Left(to_datetime(each.at).isoformat(), each.total, each.net, each.counts)
        for each in history.orders
    ]


SHOPIFY = golden("shopify", "order-created")
REFUNDED = golden("shopify", "order-refunded-in-two-transactions")
PLACED_AT = "2026-10-03T07:20:10+00:00"


def _cases() -> list[Any]:
    created = messages_of(SHOPIFY)
    refunded = messages_of(REFUNDED)
    cancelled = messages_of(golden("shopify", "order-cancelled"))
    edited = messages_of(golden("shopify", "order-edited-and-a-line-removed-before-it-was-paid"))
    added = messages_of(golden("shopify", "order-edited-and-a-line-added"))
    woo = messages_of(golden("woocommerce", "order-created"))
    part = messages_of(golden("woocommerce", "order-partly-refunded"))
    whole = messages_of(golden("woocommerce", "order-refunded-whole-without-amounts"))
    off = messages_of(golden("woocommerce", "order-cancelled"))
    more = messages_of(golden("woocommerce", "order-edited"))
    woo_at = "2026-10-03T09:20:10+00:00"
    return [
        pytest.param([created, refunded], Left(PLACED_AT, 8450, 5450, counts=True), id="refund"),
        pytest.param([created, cancelled], Left(PLACED_AT, 8450, 0, counts=False), id="cancelled"),
        pytest.param([created, edited], Left(PLACED_AT, 2450, 2450, counts=True), id="removed"),
        pytest.param([created, added], Left(PLACED_AT, 10450, 10450, counts=True), id="added"),
        pytest.param([woo, part], Left(woo_at, 4780, 3230, counts=True), id="woo refund"),
        pytest.param([woo, off], Left(woo_at, 4780, 4780, counts=False), id="woo cancelled"),
        pytest.param([woo, more], Left(woo_at, 6270, 6270, counts=True), id="woo edited"),
        pytest.param([woo, part, whole], Left(woo_at, 4780, 3230, counts=False), id="woo whole"),
    ]


@pytest.mark.parametrize(("webhooks", "left"), _cases())
def test_what_is_left_of_an_order_does_not_depend_on_how_its_webhooks_come(
    webhooks: list[Messages], left: Left
) -> None:
    """In any order, twice each, and also if the first one was lost."""
    for arrived in permutations(webhooks):
        assert orders_after(*arrived) == [left], arrived
        assert orders_after(*arrived, *arrived) == [left], arrived


@pytest.mark.parametrize(("webhooks", "left"), _cases()[:-1])
def test_the_last_webhook_alone_is_enough(webhooks: list[Messages], left: Left) -> None:
    """The one before was lost."""
    assert orders_after(webhooks[-1]) == [left]


def test_ten_refunds_of_one_order_count_once_each() -> None:
    """A row knows five refunds of an order by their ids, and each update repeats all of them."""
    one = REFUNDED.payload["refunds"][0]
    snapshots = []
    for many in range(1, 11):
        refunds = [
            {
                **one,
                "id": 600 + each,
                "transactions": [
                    {"id": 700 + each, "kind": "refund", "status": "success", "amount": "3.00"}
                ],
            }
            for each in range(many)
        ]
        at = f"2026-10-09T12:{many:02}:00+02:00"
        now = {"amount": f"{84.5 - 3 * many:.2f}", "currency_code": "EUR"}
        snapshots.append(
            messages_of(
                REFUNDED,
                refunds=refunds,
                updated_at=at,
                current_total_price_set={"shop_money": now},
            )
        )
    left = [Left(PLACED_AT, 8450, 5450, counts=True)]
    assert orders_after(*snapshots) == left
    assert orders_after(*reversed(snapshots), *snapshots) == left


def test_a_refund_counts_once_its_transaction_succeeds() -> None:
    pending = golden("shopify", "order-with-a-pending-refund")
    succeeded = pending.changed()["refunds"]
    succeeded[0]["transactions"][0]["status"] = "success"
    before = messages_of(pending)
    after = messages_of(pending, refunds=succeeded, updated_at="2026-10-10T12:00:00+02:00")
    assert orders_after(before) == [Left(PLACED_AT, 6450, 6450, counts=True)]
    assert orders_after(before, after) == [Left(PLACED_AT, 8450, 6450, counts=True)]
    assert orders_after(after, before) == [Left(PLACED_AT, 8450, 6450, counts=True)]


def test_a_goodwill_refund_that_changes_no_line_counts() -> None:
    """The shop may leave the current total as it was."""
    goodwill = messages_of(REFUNDED, current_total_price_set={"shop_money": {"amount": "84.50"}})
    assert orders_after(goodwill) == [Left(PLACED_AT, 8450, 5450, counts=True)]
    beside_a_line = messages_of(
        REFUNDED, current_total_price_set={"shop_money": {"amount": "74.50"}}
    )
    assert orders_after(beside_a_line) == [Left(PLACED_AT, 8450, 5450, counts=True)]


def test_a_refund_in_a_currency_that_the_order_does_not_have_is_no_guess() -> None:
    """It is not mapped: nobody knows the rate."""
    refunds = REFUNDED.changed()["refunds"]
    refunds[0]["transactions"][0]["currency"] = "CHF"
    with pytest.raises(AssertionError):
        messages_of(REFUNDED, refunds=refunds)
