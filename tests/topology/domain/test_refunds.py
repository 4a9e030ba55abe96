"""A refund or cancellation takes an order, or a part of it, back as if it had not been."""

import pytest

from tests.topology.domain.life import lived
from tests.topology.domain.messages import (
    MICROSECOND,
    Json,
    cancellation,
    day,
    order,
    orders,
    refund,
)
from topology.domain.history.instant import from_datetime
from topology.domain.history.orders import KEPT_REFUNDS

TAKEN_BACK_WHOLE: list[list[Json]] = [
    [refund(day(3), "b")],
    [cancellation(day(3), "b")],
    [refund(day(3), "b", 60.0)],
    [refund(day(3), "b", 60.01)],
    [refund(day(3), "b", 20.0), refund(day(4), "b", 40.0)],
    [refund(day(3), "b", 20.0), refund(day(4), "b")],
    [refund(day(3), "b"), cancellation(day(4), "b")],
]


@pytest.mark.parametrize("refunds", TAKEN_BACK_WHOLE)
def test_an_order_taken_back_whole_counts_for_nothing(refunds: list[Json]) -> None:
    """At once, in parts that add up, or in more than there was: not for R, F or M."""
    messages = [order(day(0), "a", 50.0), order(day(2), "b", 60.0)]
    without = lived(messages[:1], day(5)).row
    row = lived([*messages, *refunds], day(5)).row

    assert row.scores == without.scores
    assert row.segment == without.segment == "new"


def test_a_part_taken_back_leaves_the_order_and_lowers_the_revenue() -> None:
    """Of 60.00 less 10.00 and 5.50 there are 44.50 left, and the order still counts."""
    messages = [order(day(0), "a", 60.0), refund(day(1), "a", 10.0), refund(day(2), "a", 5.5)]
    scores = lived(messages).row.scores

    assert (scores.orders_in_window, scores.revenue_in_window) == (1, 4450)
    assert scores.last_order_at == from_datetime(day(0))


def test_a_cent_less_than_the_whole_is_a_part() -> None:
    """One cent is left, and so the order is."""
    scores = lived([order(day(0), "a", 60.0), refund(day(1), "a", 59.99)]).row.scores

    assert (scores.orders_in_window, scores.revenue_in_window) == (1, 1)


def test_a_refund_of_the_last_order_makes_the_one_before_it_the_last() -> None:
    """R falls back to the age of the order before."""
    messages = [*orders(day(0), day(50)), refund(day(61), "o2")]
    life = lived(messages)

    assert life.row.scores.last_order_at == from_datetime(day(0))
    assert life.path()[-1] == ("about_to_sleep", day(61))


def test_a_refund_of_the_first_order_gives_the_second_one_its_delay() -> None:
    """21 days after the order that is the first one now."""
    messages = [*orders(day(0), day(10)), refund(day(12), "o1")]
    life = lived(messages, day(40))

    assert life.fired("second_purchase") == [("second_purchase", day(31))]
    assert lived(messages, day(31) - MICROSECOND).fired("second_purchase") == []


def test_a_refund_of_the_second_order_leaves_the_first_one_its_delay() -> None:
    """As if the second had not been."""
    life = lived([*orders(day(0), day(10)), refund(day(12), "o2")], day(40))

    assert life.fired("second_purchase") == [("second_purchase", day(21))]


def test_a_refund_of_an_order_out_of_the_window_changes_no_revenue() -> None:
    """But an order taken back no longer counts for R, however old."""
    life = lived([*orders(day(0)), refund(day(400), "o1")])

    assert life.path()[-1] == ("none", day(400))
    assert life.row.scores.orders_total == 0


def test_a_refund_of_an_unknown_order_changes_no_figures() -> None:
    """It waits for its order."""
    messages = orders(day(0))
    life = lived([*messages, refund(day(1), "other")])

    assert life.row.scores == lived(messages).row.scores
    assert life.transitions == lived(messages).transitions


def test_a_cancelled_order_stays_cancelled_when_it_is_sent_again() -> None:
    """With another message id: it is the same order."""
    again = order(day(0), "a")
    again["messageId"] = "m-2"

    assert lived([order(day(0), "a"), cancellation(day(1), "a"), again]).row.segment == "none"


def test_the_latest_256_orders_can_be_taken_back() -> None:
    """Older ones are folded into sums, and still count as orders: in the window and out of it."""
    messages = [order(day(n / 100), f"o{n}") for n in range(300)]
    row = lived([*messages, order(day(400), "new")]).row
    less = lived([*messages, order(day(400), "new"), refund(day(401), "o45")]).row

    assert (row.scores.orders_total, row.scores.orders_in_window) == (301, 1)
    assert len(row.history.orders) == 256
    assert row.history.past is not None
    assert (row.history.past.orders, row.history.past.revenue) == (45, 45000)
    assert row.history.past.first_at == from_datetime(day(0))
    assert row.history.past.last_at == from_datetime(day(-0.5))
    assert less.scores.orders_total == 300


def test_a_refund_of_a_folded_order_changes_no_figures_and_does_not_wait_for_ever() -> None:
    """It waits, as if its order were still to come, until it is older than the window."""
    messages = [order(day(n / 100), f"o{n}") for n in range(300)]
    late = [refund(day(3), f"o{n}") for n in range(44)]
    row, less = lived(messages, day(3)).row, lived([*messages, *late]).row
    later = lived([*messages, *late, order(day(368), "new")]).row
    just_in_time = lived([*messages, *late, order(day(368) - MICROSECOND, "new")]).row

    assert less.scores == row.scores
    assert len(less.history.refunds) == 44
    assert len(just_in_time.history.refunds) == 44
    assert later.history.refunds == ()


def test_of_too_many_refunds_that_wait_the_latest_are_kept() -> None:
    """Whatever their ids, and in whatever order they arrive; long ids leave room for fewer."""
    messages = [refund(day(n / 100), f"o{n}") for n in range(KEPT_REFUNDS + 10)]
    some, same = lived(messages).row, lived([*messages[::7], *messages]).row
    names = {each.order_id for each in some.history.refunds}

    assert names == {f"o{n}" for n in range(10, KEPT_REFUNDS + 10)}
    assert same.history.refunds == some.history.refunds
    long = [refund(day(n / 100), f"{n:03}" + "\u20ac" * 253) for n in range(100)]
    long = [each | {"messageId": f"r-{n}"} for n, each in enumerate(long)]
    kept = lived(long).row.history.refunds
    assert [each.order_id[:3] for each in kept] == [f"{n:03}" for n in range(57, 100)]


def test_a_refund_that_waits_meets_an_order_that_is_folded_at_once() -> None:
    """As when a history comes from its end: each refund comes before its order."""
    messages = [order(day(n / 100), f"o{n}") for n in range(300)]
    backwards = [refund(day(3), "o1"), *reversed(messages)]

    assert lived(backwards).row.scores.orders_total == 299
    assert lived(backwards).row.history.refunds == ()
