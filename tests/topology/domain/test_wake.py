"""When a row is due, however that was come by: most events only put things off."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.example_counts import examples
from tests.topology.domain.histories import arrivals, bounded, histories
from tests.topology.domain.life import BOOK, Life, lived
from tests.topology.domain.messages import (
    Json,
    bought,
    cancellation,
    day,
    delivered,
    did,
    event_from,
    order,
    orders,
)
from tests.topology.domain.policies import after, changed
from topology.domain.history.instant import from_datetime
from topology.domain.steps.promotion_gate import opens_at
from topology.domain.steps.wake import next_wake, wake_at


@given(st.one_of(arrivals, histories(max_size=25)))
@settings(bounded, max_examples=examples(200))
def test_a_row_is_due_when_its_history_says(messages: list[Json]) -> None:
    """What is taken over from before an event is what would come out again."""
    life = Life()
    for message in messages:
        life.process(event_from(message))
        row = life.row
        assert row.wake_at == next_wake(row, BOOK, opens_at(row, row.memory, BOOK))


def test_an_act_that_ends_a_rest_lets_go_what_waited_though_more_is_due_later() -> None:
    """A coupon moves nothing and sets nothing off by itself."""
    rules = [after("early", 2), after("late", 20)]
    messages = [order(day(0), "o1"), *(delivered(day(0.1 + n / 100)) for n in range(6))]
    life = lived(messages, day(2.5), changed(rules=rules))
    assert life.fired() == []
    assert wake_at(life.row, life.book) == from_datetime(day(20))

    life.process(event_from(did("Coupon Applied", day(3))))

    assert life.fired() == [("early", day(3))]


def test_a_late_order_that_is_the_first_brings_forward_what_counts_from_it() -> None:
    """It moves nothing: there have been so many on one day."""
    life = lived(orders(*[day(10)] * 8), day(10), changed(rules=[after("later", 20)]))
    assert wake_at(life.row, life.book) == from_datetime(day(30))

    life.process(event_from(order(day(5), "earlier")))

    assert wake_at(life.row, life.book) == from_datetime(day(25))


def test_an_order_that_is_taken_back_makes_the_one_before_it_the_last() -> None:
    """R falls thirty days after that one; the cancellation itself moves nothing."""
    messages = [*orders(*[day(0)] * 8), order(day(29), "last")]
    life = lived(messages, day(29), changed(rules=[after("later", 40)]))
    assert wake_at(life.row, life.book) == from_datetime(day(40))

    life.process(event_from(cancellation(day(29.5), "last")))

    assert wake_at(life.row, life.book) == from_datetime(day(30))


def product_view(at: float) -> Json:
    """A look around online."""
    return did("Product Viewed", day(at), product_id="shoes")


REGULAR = [*orders(*[day(-60)] * 8), order(day(0), "last")]
IN_THE_STORE = bought(day(-59), "s", "store")
"""Nothing is due before day 14, unless they have bought in the store and look around online."""


@pytest.mark.parametrize(
    ("messages", "due"),
    [
        ([product_view(1)], 4),
        ([product_view(1), product_view(2)], 5),
        ([product_view(1), order(day(2), "later")], 16),
        ([product_view(1), order(day(2), "later"), product_view(3)], 6),
        ([product_view(12)], 14),
        ([product_view(12), product_view(13)], 14),
    ],
)
def test_only_the_latest_look_without_an_order_is_waited_for(
    messages: list[Json], due: float
) -> None:
    """A look delays what the look before it was for, and an order ends that."""
    life = lived([*REGULAR, IN_THE_STORE, *messages])
    assert wake_at(life.row, BOOK) == from_datetime(day(due))


def test_an_order_that_comes_again_may_show_over_what_else_a_customer_buys() -> None:
    """It changes no score; but now the look on day 1 is followed by an offer of the store."""
    life = lived([*REGULAR, product_view(1)])
    assert wake_at(life.row, BOOK) == from_datetime(day(14))

    life.process(event_from(bought(day(2), "last", "store") | {"messageId": "again"}))

    assert wake_at(life.row, BOOK) == from_datetime(day(4))
