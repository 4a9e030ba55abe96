"""Refunds with ids, and orders that are edited: in any order, told as often as anybody likes."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import DEFAULT, Policy, Told, judge_end
from tests.topology.domain.histories import bounded
from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import (
    Json,
    bought,
    cancellation,
    day,
    did,
    order,
    refund,
    track,
    visit,
)
from tests.topology.domain.policies import ABROAD, RATES
from topology.domain.facts.instant import from_datetime
from topology.domain.facts.orders import KEPT
from topology.domain.facts.refunds import MOST_NAMED
from topology.domain.facts.state import State
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rows.row import decode_row, encode_row
from topology.domain.shown.records import records_of
from topology.domain.shown.view import describe
from topology.domain.steps.merge import merge_facts
from topology.domain.steps.score import score

IN_THREE_CURRENCIES = Policy({**DEFAULT.said, "exchange": RATES})
numbers = count(1)


def edit(at: datetime, total: float, order_id: str = "o", **more: Any) -> Json:
    """An order is told anew."""
    return track("Order Updated", at, f"u{next(numbers)}", order_id=order_id, total=total, **more)


def part(at: datetime, total: float, refund_id: str | None = None, **more: Any) -> Json:
    """A refund of a part of the order."""
    name = {} if refund_id is None else {"refund_id": refund_id}
    message_id = f"r{next(numbers)}"
    return track("Order Refunded", at, message_id, order_id="o", total=total, **name, **more)


def left(*told: Json, book: Rulebook = BOOK) -> tuple[int, int]:
    """Orders that count, and what is left of them."""
    sheet = lived(told, book=book).row.sheet
    return sheet.orders_total, sheet.revenue_in_window


def test_a_refund_that_is_told_twice_counts_once() -> None:
    """Under whatever message ids, at whatever times; without an id as often as it is told."""
    bought_, again = order(day(0), "o", 50.0), day(1) + timedelta(seconds=1)

    assert left(bought_, part(day(1), 30.0, "rf-1"), part(again, 30.0, "rf-1")) == (1, 2000)
    assert left(bought_, part(day(1), 20.0, "rf-1"), part(again, 20.0, "rf-2")) == (1, 1000)
    assert left(bought_, part(day(1), 20.0), part(again, 20.0)) == (1, 1000)
    assert left(bought_, part(day(1), 20.0, "rf-1"), part(again, 20.0)) == (1, 1000)
    assert left(bought_, part(day(1), 50.0, "rf-1"), part(again, 50.0, "rf-1")) == (0, 0)


def test_a_refund_that_is_told_twice_before_its_order_counts_once() -> None:
    """It waits under its id, and meets one that comes after the order."""
    told = [part(day(1), 30.0, "rf-1"), part(day(2), 30.0, "rf-1")]

    assert left(*told, order(day(0), "o", 50.0)) == (1, 2000)
    assert left(told[0], order(day(0), "o", 50.0), told[1]) == (1, 2000)


def test_of_two_totals_under_one_id_the_larger_counts() -> None:
    """Whichever came first."""
    told = [part(day(1), 30.0, "rf-1"), part(day(1), 20.0, "rf-1")]

    assert left(order(day(0), "o", 50.0), *told) == (1, 2000)
    assert left(order(day(0), "o", 50.0), *reversed(told)) == (1, 2000)


def test_an_id_is_the_order_s_own() -> None:
    """Two orders may have refunds of one id."""
    other = track("Order Refunded", day(1), "x", order_id="p", total=30.0, refund_id="rf-1")
    bought_ = [order(day(0), "o", 50.0), order(day(0), "p", 50.0)]

    assert left(*bought_, part(day(1), 30.0, "rf-1"), other) == (2, 4000)


def test_more_refunds_than_are_known_again_count_all_the_same() -> None:
    """Each once; the row does not grow."""
    refunds = [part(day(1), 1.0, f"rf-{n}") for n in range(20)]
    row = lived([order(day(0), "o", 50.0), *refunds, *refunds[:3]]).row
    backwards = lived([*reversed(refunds), order(day(0), "o", 50.0)]).row

    assert row.sheet.revenue_in_window == backwards.sheet.revenue_in_window == 3000
    assert row.facts.orders == backwards.facts.orders
    assert records_of(row).only_hashes.refunds == MOST_NAMED


def test_an_edit_replaces_the_total() -> None:
    """The latest, whenever it arrives; what is older changes nothing."""
    bought_ = order(day(0), "o", 50.0)

    assert left(bought_, edit(day(1), 40.0)) == (1, 4000)
    assert left(edit(day(1), 40.0), bought_) == (1, 4000)
    assert left(bought_, edit(day(2), 60.0), edit(day(1), 40.0)) == (1, 6000)
    assert left(bought_, edit(day(0), 60.0)) == (1, 6000)
    assert left(order(day(1), "o", 50.0), edit(day(0), 40.0)) == (1, 5000)
    assert left(bought_, edit(day(2), 40.0), edit(day(2), 60.0)) == (1, 4000)
    assert left(bought_, edit(day(2), 60.0), edit(day(2), 40.0)) == (1, 4000)


def test_an_edited_order_is_as_old_as_it_was() -> None:
    """Neither the last order nor the customer's last act is later by it."""
    row = lived([order(day(0), "o", 50.0), edit(day(9), 40.0)]).row

    assert row.sheet.last_order_at == row.facts.acted_at == from_datetime(day(0))
    [kept] = records_of(row).orders
    assert (kept.at, kept.total, kept.edited_at) == (day(0), 4000, day(9))


def test_of_an_edited_order_there_is_left_what_was_not_refunded() -> None:
    """The new total less the refunds; never less than nothing."""
    bought_, back = order(day(0), "o", 50.0), part(day(1), 30.0, "rf-1")

    assert left(bought_, back, edit(day(2), 40.0)) == (1, 1000)
    assert left(bought_, edit(day(2), 40.0), back) == (1, 1000)
    assert left(bought_, back, edit(day(2), 20.0)) == (0, 0)
    assert left(bought_, back, edit(day(2), 20.0), edit(day(3), 70.0)) == (1, 4000)


@pytest.mark.parametrize("gone", [cancellation(day(1), "o"), refund(day(1), "o")])
def test_an_order_that_was_taken_back_stays_so(gone: Json) -> None:
    """Whatever it comes to."""
    bought_ = order(day(0), "o", 50.0)

    assert left(bought_, gone, edit(day(2), 40.0)) == (0, 0)
    assert left(edit(day(2), 40.0), gone, bought_) == (0, 0)


def test_an_order_of_which_only_edits_are_heard_was_made_at_the_first() -> None:
    """It comes to what the last one says. Its completion says when it was made after all."""
    told = [edit(day(5), 30.0), edit(day(3), 20.0)]
    row = lived(told).row

    assert row.sheet.last_order_at == from_datetime(day(3))
    assert row.sheet.revenue_in_window == 3000
    for first in (day(0), day(4)):
        row = lived([*told, order(first, "o", 50.0)]).row
        assert row.sheet.last_order_at == from_datetime(first)
        assert (row.sheet.orders_total, row.sheet.revenue_in_window) == (1, 3000)
    row = lived([*told, order(day(6), "o", 50.0)]).row
    assert (row.sheet.last_order_at, row.sheet.revenue_in_window) == (from_datetime(day(6)), 5000)


def test_an_edit_sets_nothing_off_by_itself() -> None:
    """No rule waits for it; what the customer then is, counts."""
    life = lived([order(day(0), "o", 50.0), edit(day(1), 5000.0)])

    assert [each.cause for each in life.transitions[-1:]] == ["event"]
    assert all(each.transition is not None for each in life.triggers)


def test_an_edit_counts_at_the_rate_of_the_order_s_day() -> None:
    """In the order's currency if it names none; in another one, too."""
    francs = track("Order Completed", day(0), "m", order_id="o", total=100.0, currency="CHF")

    assert left(francs, edit(day(20), 50.0), book=ABROAD) == (1, 5225)
    assert left(francs, edit(day(20), 50.0, currency="chf"), book=ABROAD) == (1, 5225)
    assert left(francs, edit(day(20), 50.0, currency="EUR"), book=ABROAD) == (1, 5000)
    assert left(order(day(0), "o"), edit(day(20), 50.0, currency="CHF"), book=ABROAD) == (1, 5225)
    assert left(edit(day(20), 50.0), francs, book=ABROAD) == (1, 5225)


def test_an_edit_of_a_folded_order_changes_nothing() -> None:
    """Nobody can tell it from one that has not been heard of: it is no order of now."""
    orders = [order(day(n / 100), f"o{n}") for n in range(KEPT + 10)]
    row = lived(orders, day(3)).row

    assert lived([*orders, edit(day(3), 99.0, "o1")], day(3)).row.sheet == row.sheet
    waiting = lived([*orders, edit(day(3), 99.0, "new"), order(day(3), "new", 5.0)], day(3)).row
    assert waiting.sheet.revenue_in_window == row.sheet.revenue_in_window + 9900
    assert waiting.facts.refunds == ()
    edited = lived([*orders, edit(day(3), 99.0, "o20")], day(3)).row
    assert edited.sheet.revenue_in_window == row.sheet.revenue_in_window + 8900


def test_a_refund_and_an_edit_are_folded_with_their_order() -> None:
    """The sums know what was left of it; a refund that is told again then changes nothing."""
    orders = [order(day(n / 100), f"o{n}") for n in range(KEPT + 10)]
    told = [order(day(-1), "o", 50.0), edit(day(-1), 40.0), part(day(-1), 30.0, "rf-1"), *orders]
    row = lived(told, day(4)).row
    without = lived(orders, day(4)).row

    assert row.sheet.revenue_in_window == without.sheet.revenue_in_window + 1000
    again = lived([*told, part(day(4), 30.0, "rf-1")], day(4)).row
    assert again.sheet == row.sheet


SHOES: Json = {"products": [{"product_id": "shoes"}]}
HAT: Json = {"products": [{"product_id": "hat"}]}


def researched(*told: Json) -> str | None:
    """When something was bought in a store that had been looked at online."""
    look = did("Product Viewed", day(0), product_id="shoes")
    life = lived([look, *told])
    found = describe("c", life.row, BOOK, life.row.as_of).journey.research
    return None if found is None else found.bought_at.isoformat()


def test_an_edit_replaces_the_products() -> None:
    """Those of the order are no longer bought, and the others were when it was made."""
    shoes = bought(day(1), "o", "store")
    shoes["properties"] |= SHOES
    hat, plain = edit(day(2), 10.0, **HAT), edit(day(3), 10.0)
    shoes_again = edit(day(4), 10.0, **SHOES)

    assert researched(shoes) == day(1).isoformat()
    assert researched(shoes, hat) is researched(hat, shoes) is None
    assert researched(shoes, plain) == researched(plain, shoes) == day(1).isoformat()
    for told in ([shoes, hat, shoes_again], [shoes_again, shoes, hat], [hat, shoes_again, shoes]):
        assert researched(*told) == day(1).isoformat()


MONEY = st.sampled_from([{}, {}, {"currency": "EUR"}, {"currency": "CHF"}, {"currency": "jpy"}])
TOTALS = st.sampled_from([0.0, 10.0, 10.0, 24.995, 30.0, 100.0])
TIMES = st.integers(0, 6).map(lambda n: day(n * 10))
IDS = st.sampled_from(["o", "o", "p"])


@st.composite
def message(draw: st.DrawFn) -> Json:
    """Anything that can be told of one of two orders."""
    event = draw(
        st.sampled_from(
            ["Order Completed", "Order Updated", "Order Updated"]
            + ["Order Refunded"] * 4
            + ["Order Cancelled"]
        )
    )
    properties: Json = {"order_id": draw(IDS)}
    if event in {"Order Completed", "Order Updated"}:
        properties |= {"total": draw(TOTALS)} | draw(MONEY)
    if event == "Order Refunded":
        if draw(st.integers(0, 5)):
            properties |= {"total": draw(TOTALS)} | draw(MONEY)
        if draw(st.integers(0, 2)):
            properties["refund_id"] = draw(st.sampled_from(["r1", "r2"]))
    at = draw(TIMES)
    return track(event, at, f"t{next(numbers)}", **properties) | {
        "context": {"channel": draw(st.sampled_from(["web", "store"]))}
    }


orders_and_all = st.lists(message(), min_size=1, max_size=9)


def shown(row: State) -> object:
    """All that is known of orders, as figures."""
    at = from_datetime(day(100))
    return row.facts.orders, row.facts.refunds, score(row.facts, at, ABROAD)


@bounded
@given(st.data(), orders_and_all)
def test_whatever_is_told_of_orders_counts_as_by_the_oracle_in_any_order(
    data: st.DataObject, told: list[Json]
) -> None:
    """Retries and messages that are told again under another id among them."""
    again = data.draw(st.lists(st.sampled_from(told), max_size=3))
    named = [each for each in again if "refund_id" in each["properties"]]
    copies = [each | {"messageId": f"t{next(numbers)}"} for each in named]
    sent = data.draw(st.permutations([*told, *again, *copies]))
    row = lived(sent, day(100), ABROAD).row
    end = judge_end([Told(each) for each in told], until=day(100), policy=IN_THREE_CURRENCIES)

    assert shown(row)[:2] == shown(lived(told, day(100), ABROAD).row)[:2]  # type: ignore[index]
    assert row.sheet.orders_total == end.totals.orders_total
    assert row.sheet.revenue_in_window == end.totals.revenue_in_window
    assert row.segment == end.standing["segment"]
    assert decode_row(encode_row(row)) == row
    records_of(row)


@bounded
@given(st.data(), orders_and_all)
def test_two_rows_know_together_what_one_would(data: st.DataObject, told: list[Json]) -> None:
    """Also if both have heard of one refund, or one edit."""
    twice = [
        each
        for each in told
        if each["event"] != "Order Refunded" or "refund_id" in each["properties"]
    ]
    sides = [data.draw(st.sampled_from(["one", "other", "both"])) for _ in told]
    both = [
        [
            each
            for each, side in zip(told, sides, strict=True)
            if side == name or (side == "both" and (each in twice or name == "one"))
        ]
        for name in ("one", "other")
    ]
    # Each of them was met at least once.
    one, other = (lived([visit(day(0)), *each], day(100), ABROAD).row for each in both)
    merged = merge_facts(one.facts, other.facts, ABROAD)
    alone = lived([visit(day(0)), *told], day(100), ABROAD).row.facts

    assert merged.orders == alone.orders
    assert merged.refunds == alone.refunds
    assert merge_facts(other.facts, one.facts, ABROAD).orders == merged.orders
