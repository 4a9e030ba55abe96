"""Every bound of the default policy, at it and just beside it, and every cell of the grid."""

from datetime import timedelta

import pytest

from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import MICROSECOND, day, order, orders
from topology.domain.history.instant import from_datetime
from topology.domain.history.state import History, Scores
from topology.domain.steps.score import score

R_BY_DAYS = [(30, 5, 4), (60, 4, 3), (90, 3, 2), (180, 2, 1)]


@pytest.mark.parametrize(("days", "before", "from_then_on"), R_BY_DAYS)
def test_r_falls_exactly_when_the_last_order_comes_of_age(
    days: int, before: int, from_then_on: int
) -> None:
    """An order is younger than 30 days until 720 hours after it, to the microsecond."""
    first = orders(day(0))

    assert lived(first, day(days) - MICROSECOND).row.scores.recency == before
    assert lived(first, day(days)).row.scores.recency == from_then_on
    assert lived(first, day(days) + MICROSECOND).row.scores.recency == from_then_on


def test_r_is_of_the_last_order_even_when_it_left_the_window() -> None:
    """After 1000 days it is 1, with no order in the window, and the customer is hibernating."""
    row = lived(orders(day(0)), day(1000)).row

    assert (row.scores.recency, row.scores.frequency, row.scores.orders_in_window) == (1, 1, 0)
    assert row.scores.last_order_at == from_datetime(day(0))
    assert row.scores.orders_total == 1
    assert row.segment == "hibernating"


@pytest.mark.parametrize(
    ("count", "f"),
    [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (7, 4), (8, 4), (9, 4), (10, 5), (11, 5)],
)
def test_f_is_by_the_number_of_orders(count: int, f: int) -> None:
    """10 or more 5, 6 or more 4, 4 or more 3, 2 or more 2, else 1."""
    row = lived(orders(*(day(n) for n in range(count)))).row

    assert row.scores.orders_in_window == count
    assert row.scores.frequency == f


@pytest.mark.parametrize(
    ("revenue", "m"),
    [
        (0.00, 1),
        (99.99, 1),
        (100.00, 2),
        (100.01, 2),
        (249.99, 2),
        (250.00, 3),
        (250.01, 3),
        (499.99, 3),
        (500.00, 4),
        (500.01, 4),
        (999.99, 4),
        (1000.00, 5),
        (1000.01, 5),
    ],
)
def test_m_is_by_the_revenue_to_the_cent(revenue: float, m: int) -> None:
    """1000.00 or more 5, 500 4, 250 3, 100 2, else 1; in one order or in two."""
    assert lived([order(day(0), "a", revenue)]).row.scores.monetary == m
    parts = [order(day(0), "a", 0.01), order(day(1), "b", round(revenue - 0.01, 2))]
    assert revenue < 0.01 or lived(parts).row.scores.monetary == m


def test_an_order_leaves_the_window_exactly_after_365_days() -> None:
    """Until then it counts for F and M; it counts as an order for ever."""
    messages = [order(day(0), "a", 80.0), order(day(1), "b", 70.0)]

    inside = lived(messages, day(365) - MICROSECOND).row.scores
    outside = lived(messages, day(365)).row.scores
    both = lived(messages, day(366)).row.scores
    figures = [
        (scores.orders_in_window, scores.revenue_in_window, scores.monetary, scores.orders_total)
        for scores in (inside, outside, both)
    ]
    assert figures == [(2, 15000, 2, 2), (1, 7000, 1, 2), (0, 0, 1, 2)]
    assert [scores.frequency for scores in (inside, outside)] == [2, 1]


def test_an_order_that_leaves_the_window_may_change_the_segment() -> None:
    """Four orders long ago and one now: after a year only two are in the window."""
    messages = orders(day(0), day(1), day(2), day(300), day(364))
    life = lived(messages, day(369))

    assert life.row.scores.orders_in_window == 2
    assert life.row.segment == "potential_loyalist"
    assert [each.facts.after.orders_in_window for each in life.moves()[-1:]] == [5]


GRID = {
    # R: F 1 to 5
    1: ["hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"],
    2: ["hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"],
    3: ["about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"],
    4: ["promising", "potential_loyalist", "potential_loyalist", "loyal", "loyal"],
    5: ["new", "potential_loyalist", "potential_loyalist", "champions", "champions"],
}
CELLS = [(r, f, name) for r, row in GRID.items() for f, name in enumerate(row, start=1)]
AGE_OF_R = {1: 180, 2: 90, 3: 60, 4: 30, 5: 0}
ORDERS_OF_F = {1: 1, 2: 2, 3: 4, 4: 6, 5: 10}


@pytest.mark.parametrize(("r", "f", "segment"), CELLS)
def test_each_pair_of_r_and_f_has_its_segment(r: int, f: int, segment: str) -> None:
    """All 25, by customers who come to be there."""
    times = [day(0) - timedelta(hours=n) for n in range(ORDERS_OF_F[f])]
    row = lived(orders(*reversed(times)), day(AGE_OF_R[r])).row

    assert (row.scores.recency, row.scores.frequency) == (r, f)
    assert row.segment == segment


def test_a_customer_without_any_order_has_the_segment_none() -> None:
    """Whatever the scores are."""
    scores = Scores(None, None, 0, 0, 0, 5, 5, 5)
    assert BOOK.classifier.of(History(0, 0), scores).segment == "none"


def test_scores_of_nothing_are_the_lowest() -> None:
    """Somebody who never ordered has R, F and M of 1."""
    row = lived([{**order(day(0), "a"), "event": "Product Viewed"}]).row

    assert score(row.history, row.as_of, BOOK) == Scores(None, None, 0, 0, 0, 1, 1, 1)
    assert row.segment == "none"
