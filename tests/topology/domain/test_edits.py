"""Refunds with ids, and orders that are edited."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

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
)
from tests.topology.domain.policies import ABROAD
from topology.domain.history.instant import from_datetime
from topology.domain.history.orders import KEPT
from topology.domain.history.refunds import MOST_NAMED
from topology.domain.policy.rulebook import Rulebook
from topology.domain.view.records import records_of
from topology.domain.view.view import describe

numbers = count(1)


def edit(at: datetime, total: float, order_id: str = "o", **more: Any) -> Json:
    """An order comes again."""
    return track("Order Updated", at, f"u{next(numbers)}", order_id=order_id, total=total, **more)


def part(at: datetime, total: float, refund_id: str | None = None, **more: Any) -> Json:
    """A refund of a part of the order."""
    name = {} if refund_id is None else {"refund_id": refund_id}
    message_id = f"r{next(numbers)}"
    return track("Order Refunded", at, message_id, order_id="o", total=total, **name, **more)


def left(*messages: Json, book: Rulebook = BOOK) -> tuple[int, int]:
    """Orders that count, and what is left of them."""
    scores = lived(messages, book=book).row.scores
    return scores.orders_total, scores.revenue_in_window


def test_a_refund_that_comes_twice_counts_once() -> None:
    """Under whatever message ids, at whatever times; without an id as often as it comes."""
    bought_, again = order(day(0), "o", 50.0), day(1) + timedelta(seconds=1)

    assert left(bought_, part(day(1), 30.0, "rf-1"), part(again, 30.0, "rf-1")) == (1, 2000)
    assert left(bought_, part(day(1), 20.0, "rf-1"), part(again, 20.0, "rf-2")) == (1, 1000)
    assert left(bought_, part(day(1), 20.0), part(again, 20.0)) == (1, 1000)
    assert left(bought_, part(day(1), 20.0, "rf-1"), part(again, 20.0)) == (1, 1000)
    assert left(bought_, part(day(1), 50.0, "rf-1"), part(again, 50.0, "rf-1")) == (0, 0)


def test_a_refund_that_comes_twice_before_its_order_counts_once() -> None:
    """It waits under its id, and meets one that comes after the order."""
    messages = [part(day(1), 30.0, "rf-1"), part(day(2), 30.0, "rf-1")]

    assert left(*messages, order(day(0), "o", 50.0)) == (1, 2000)
    assert left(messages[0], order(day(0), "o", 50.0), messages[1]) == (1, 2000)


def test_of_two_totals_under_one_id_the_larger_counts() -> None:
    """Whichever came first."""
    messages = [part(day(1), 30.0, "rf-1"), part(day(1), 20.0, "rf-1")]

    assert left(order(day(0), "o", 50.0), *messages) == (1, 2000)
    assert left(order(day(0), "o", 50.0), *reversed(messages)) == (1, 2000)


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

    assert row.scores.revenue_in_window == backwards.scores.revenue_in_window == 3000
    assert row.history.orders == backwards.history.orders
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


def test_an_edit_without_a_total_changes_nothing_of_the_money() -> None:
    """Whether it comes before its order, after it, or between two edits; nor does it make one."""
    bought_ = order(day(0), "o", 50.0)
    shipped = track("Order Updated", day(2), "s", order_id="o", status="shipped")

    assert left(bought_, shipped) == left(shipped, bought_) == (1, 5000)
    assert left(bought_, edit(day(1), 40.0), shipped) == (1, 4000)
    assert left(bought_, shipped, edit(day(1), 40.0)) == (1, 4000)
    assert left(shipped) == (0, 0)


def test_a_refund_of_products_leaves_the_rest() -> None:
    """By their prices; as often as it comes, unless it has an id."""
    bought_, lines = order(day(0), "o", 50.0), [{"price": 5.0, "quantity": 2}]
    back = track("Order Refunded", day(1), "r", order_id="o", products=lines)
    named = track("Order Refunded", day(1), "n", order_id="o", products=lines, refund_id="rf")

    assert left(bought_, back) == left(back, bought_) == (1, 4000)
    assert left(bought_, named, named | {"messageId": "n2"}) == (1, 4000)


def test_an_edited_order_is_as_old_as_it_was() -> None:
    """Neither the last order nor the customer's last act is later by it."""
    row = lived([order(day(0), "o", 50.0), edit(day(9), 40.0)]).row

    assert row.scores.last_order_at == row.history.acted_at == from_datetime(day(0))
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


def test_an_order_of_which_only_edits_are_known_was_made_at_the_first() -> None:
    """It comes to what the last one says. Its completion says when it was made after all."""
    messages = [edit(day(5), 30.0), edit(day(3), 20.0)]
    row = lived(messages).row

    assert row.scores.last_order_at == from_datetime(day(3))
    assert row.scores.revenue_in_window == 3000
    for first in (day(0), day(4)):
        row = lived([*messages, order(first, "o", 50.0)]).row
        assert row.scores.last_order_at == from_datetime(first)
        assert (row.scores.orders_total, row.scores.revenue_in_window) == (1, 3000)
    row = lived([*messages, order(day(6), "o", 50.0)]).row
    assert (row.scores.last_order_at, row.scores.revenue_in_window) == (from_datetime(day(6)), 5000)


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
    """It looks like one that never came: it is no order of now."""
    orders = [order(day(n / 100), f"o{n}") for n in range(KEPT + 10)]
    row = lived(orders, day(3)).row

    assert lived([*orders, edit(day(3), 99.0, "o1")], day(3)).row.scores == row.scores
    waiting = lived([*orders, edit(day(3), 99.0, "new"), order(day(3), "new", 5.0)], day(3)).row
    assert waiting.scores.revenue_in_window == row.scores.revenue_in_window + 9900
    assert waiting.history.refunds == ()
    edited = lived([*orders, edit(day(3), 99.0, "o20")], day(3)).row
    assert edited.scores.revenue_in_window == row.scores.revenue_in_window + 8900


def test_a_refund_and_an_edit_are_folded_with_their_order() -> None:
    """The sums know what was left of it; a refund that comes again then changes nothing."""
    orders = [order(day(n / 100), f"o{n}") for n in range(KEPT + 10)]
    messages = [
        order(day(-1), "o", 50.0),
        edit(day(-1), 40.0),
        part(day(-1), 30.0, "rf-1"),
        *orders,
    ]
    row = lived(messages, day(4)).row
    without = lived(orders, day(4)).row

    assert row.scores.revenue_in_window == without.scores.revenue_in_window + 1000
    again = lived([*messages, part(day(4), 30.0, "rf-1")], day(4)).row
    assert again.scores == row.scores


SHOES: Json = {"products": [{"product_id": "shoes"}]}
HAT: Json = {"products": [{"product_id": "hat"}]}


def researched(*messages: Json) -> str | None:
    """When something was bought in a store that had been looked at online."""
    viewed = did("Product Viewed", day(0), product_id="shoes")
    life = lived([viewed, *messages])
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
    for messages in (
        [shoes, hat, shoes_again],
        [shoes_again, shoes, hat],
        [hat, shoes_again, shoes],
    ):
        assert researched(*messages) == day(1).isoformat()
