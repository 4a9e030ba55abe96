"""Customers with more orders than are kept whole: exact to the day, in any order of arrival."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import ReceivedMessage, run_policy
from tests.topology.domain.against_oracle import assert_alike, lives_of
from tests.topology.domain.histories import bounded_in_one_form
from tests.topology.domain.large import WHOLE, few_whole, large_histories
from tests.topology.domain.life import BOOK, Life, lived
from tests.topology.domain.messages import (
    MICROSECOND,
    Json,
    bought,
    day,
    event_from,
    order,
    orders,
    visit,
)
from tests.topology.domain.policies import after, rule, with_rules
from tests.topology.domain.test_merge import split
from tests.topology.domain.test_order_of_arrival import last_instant
from tests.topology.forms import not_compiled
from topology.domain.history.day_sums import fold_in, merge_past, read_days
from topology.domain.history.instant import DAY, from_datetime, to_datetime
from topology.domain.history.ledger import Order, pack
from topology.domain.history.money import LARGEST_SUM
from topology.domain.history.orders import KEPT
from topology.domain.history.state import History
from topology.domain.steps.merge import merge_history
from topology.domain.steps.score import score

quiet = st.sampled_from([0, 1, 29, 30, 200, 364, 365, 366])


@not_compiled
@bounded_in_one_form
@given(st.data(), large_histories(), quiet)
def test_large_customers_are_decided_as_by_the_oracle(
    data: st.DataObject, received_orders: list[Json], days: int
) -> None:
    """In any order of arrival: standings, figures, transitions and triggers."""
    end = last_instant(received_orders) + timedelta(days=days)
    arrival = data.draw(
        st.one_of(
            st.just(received_orders),
            st.just(received_orders[::-1]),
            st.permutations(received_orders),
        )
    )
    with few_whole():
        messages = [ReceivedMessage(each) for each in arrival]
        life = lives_of(messages, end)["c"]
        outcome = run_policy(messages, until=end).customers["c"]
    assert_alike(life, outcome)
    scores, totals = life.row.scores, outcome.totals
    last = scores.last_order_at
    assert (last and to_datetime(last)) == totals.last_order_at
    assert (scores.orders_in_window, scores.revenue_in_window, scores.orders_total) == (
        totals.orders_in_window,
        totals.revenue_in_window,
        totals.orders_total,
    )
    assert (scores.recency, scores.frequency, scores.monetary) == (
        totals.recency_score,
        totals.frequency_score,
        totals.monetary_score,
    )


@not_compiled
@bounded_in_one_form
@given(st.data(), large_histories(), quiet)
def test_what_is_folded_does_not_depend_on_the_order_of_arrival(
    data: st.DataObject, received_orders: list[Json], days: int
) -> None:
    """Neither which orders are whole, nor the sums of the others."""
    end = last_instant(received_orders) + timedelta(days=days)
    with few_whole():
        one = lived(received_orders, end).row
        other = lived(data.draw(st.permutations(received_orders)), end).row

    assert len(one.history.orders) <= WHOLE
    assert other.history == one.history
    assert other.scores == one.scores == score(one.history, one.as_of, BOOK)


@not_compiled
@bounded_in_one_form
@given(st.data(), large_histories())
def test_merged_large_customers_are_one_with_the_events_of_both(
    data: st.DataObject, received_orders: list[Json]
) -> None:
    """Whoever had which event."""
    with few_whole():
        parts = [lived(each).row.history for each in split(data, received_orders, 3)]
        merged = parts[0]
        for each in parts[1:]:
            merged = merge_history(merged, each, BOOK)
        whole = lived(received_orders).row.history
    assert _orders_of(merged) == _orders_of(whole)


def _orders_of(history: History) -> object:
    return history.ledger, history.past, history.refunds, history.events, history.shared_at


def test_the_latest_orders_are_whole_and_the_others_sums_of_their_days() -> None:
    """Two orders a day: 256 are whole, and those of the first days are not."""
    received_orders = [order(day(n / 2), f"o{n}", total=n + 1) for n in range(KEPT + 5)]
    history = lived(received_orders).row.history

    assert [each.id for each in history.orders] == [f"o{n}" for n in range(5, KEPT + 5)]
    assert history.past is not None
    noon = from_datetime(day(0)) // DAY
    assert [tuple(each) for each in read_days(history.past.days)] == [
        (noon, 1, 100),
        (noon + 1, 2, 500),
        (noon + 2, 2, 900),
    ]


def test_a_folded_order_leaves_the_window_when_its_day_began_a_window_ago() -> None:
    """The order of noon was made at midnight, 365 days before."""
    received_orders = [order(day(0) + timedelta(minutes=n), f"o{n}") for n in range(KEPT + 1)]
    began = day(-0.5)
    before = lived(received_orders, began + timedelta(days=365) - MICROSECOND).row
    after = lived(received_orders, began + timedelta(days=365)).row

    assert before.scores.orders_in_window == KEPT + 1
    assert before.scores.oldest_in_window_at == from_datetime(began)
    assert before.wake_at == from_datetime(began + timedelta(days=365))
    assert after.scores.orders_in_window == KEPT
    assert after.scores.oldest_in_window_at == from_datetime(day(0) + timedelta(minutes=1))


def test_sums_of_days_out_of_the_window_are_dropped_with_the_next_order() -> None:
    """In all they still count."""
    received_orders = [order(day(n), f"o{n}") for n in range(KEPT + 100)]
    row = lived([*received_orders, order(day(364.5 + 50), "new")]).row

    assert row.history.past is not None
    assert (row.history.past.orders, row.scores.orders_total) == (101, KEPT + 101)
    noon = from_datetime(day(0)) // DAY
    assert [each.day for each in read_days(row.history.past.days)] == [
        *range(noon + 51, noon + 101)
    ]


@not_compiled
def test_a_rule_after_so_many_orders_over_a_channel_fires_once() -> None:
    """Folded orders still count for it."""
    book = with_rules([rule("second", {"order_over": ["store"], "nth": 2}, cooldown="1 day")])
    over = ["store", "store", *(["web"] * 10), "store", "store"]
    received_orders = [bought(day(n * 3), f"o{n}", channel) for n, channel in enumerate(over)]
    with few_whole():
        assert lived(received_orders, book=book).fired() == [("second", day(3))]


@not_compiled
def test_nobody_wakes_up_for_what_comes_after_a_first_order_that_is_folded() -> None:
    """The next instant is that at which R falls, 60 days after the last order."""
    received_orders = orders(*(day(n) for n in range(WHOLE + 1)))
    book = with_rules([after("hello", 40)])
    with few_whole():
        folded, whole = (
            lived(received_orders, day(35), book).row,
            lived(received_orders[1:], day(35), book).row,
        )

    assert folded.wake_at == from_datetime(day(WHOLE + 60))
    assert whole.wake_at == from_datetime(day(1 + 40))


@not_compiled
def test_a_row_with_more_whole_orders_is_folded_with_its_next_order() -> None:
    """An older release kept all that were in the window; nothing else changes them."""
    received_orders = [order(day(n / 10), f"o{n}") for n in range(40)]
    old = lived(received_orders).row
    with few_whole(8):
        life = Life(state=old)
        life.process(event_from(visit(day(5))))
        assert len(life.row.history.orders) == 40
        life.process(event_from(order(day(6), "new")))
        fresh = lived([*received_orders, visit(day(5)), order(day(6), "new")]).row

    assert len(life.row.history.orders) == 8
    assert life.row.history == fresh.history
    assert life.row.scores == fresh.scores


def test_sums_grow_no_further_than_a_row_has_room_for() -> None:
    """However absurd the amounts are: in minor units of Chile's UF they would be too many."""
    dear = 10**16
    received_orders = tuple(Order(n, f"o{n}", dear) for n in range(1000))
    past = fold_in(None, received_orders, -DAY)
    history = History(0, 0, past=merge_past(past, past), ledger=pack(received_orders[:256]))

    assert history.past is not None
    assert history.past.revenue == LARGEST_SUM
    assert score(history, DAY // 2, BOOK).revenue_in_window == LARGEST_SUM
