"""Transitions chain, count, and say why; the same history gives the same ones."""

from itertools import pairwise

from hypothesis import given

from schemas.dimensions import Dimension
from schemas.transition import Cause
from tests.topology.domain.histories import arrivals, bounded
from tests.topology.domain.life import BOOK, Life, decided, lived
from tests.topology.domain.messages import (
    Json,
    cancellation,
    day,
    event_from,
    orders,
    refund,
    visit,
)
from topology.domain.history.instant import DAY
from topology.domain.rows.row import decode_row, encode_row
from topology.domain.steps.new_trigger import trigger_id

BEGINNINGS = {
    Dimension.SEGMENT: "none",
    Dimension.STAGE: "prospect",
    Dimension.TIER: "C",
    Dimension.CARE: "calm",
}
"""Where everybody begins, in the order in which the transitions of one settlement come."""


@bounded
@given(arrivals)
def test_transitions_chain_and_count_without_gaps(messages: list[Json]) -> None:
    """In each dimension one begins where the last one ended, and none ends where it began."""
    life = lived(messages)
    life.wait_until(life.row.as_of + 400 * DAY)
    moves = life.transitions

    assert [each.sequence for each in moves] == list(range(1, len(moves) + 1))
    assert life.row.sequence == len(moves)
    assert all(each.from_value != each.to_value for each in moves)
    assert {each.dimension for each in moves} <= BEGINNINGS.keys()
    for dimension, lowest in BEGINNINGS.items():
        own = life.moves(dimension)
        assert all(one.to_value == other.from_value for one, other in pairwise(own))
        assert [each.from_value for each in own[:1]] in ([], [lowest])
        assert getattr(life.row, dimension) == (own[-1].to_value if own else lowest)
    assert {each.policy_version for each in moves} <= {BOOK.version}


@bounded
@given(arrivals)
def test_replaying_a_history_gives_the_same_transitions_and_trigger_ids(
    messages: list[Json],
) -> None:
    """Also when the row goes through bytes between any two events."""
    one, other = lived(messages), Life()
    for message in messages:
        if other.state is not None:
            other.state = decode_row(encode_row(other.state))
        other.process(event_from(message))

    assert other.state == one.state
    assert decided(other.transitions) == decided(one.transitions)
    assert decided(other.triggers) == decided(one.triggers)
    ids = [each.trigger_id for each in one.triggers]
    assert len(set(ids)) == len(ids)


def test_the_scores_on_both_sides_of_a_transition_are_those_before_and_after() -> None:
    """The order of day 40 is the second: all figures move from one side to the other."""
    life = lived(orders(day(0), day(40), total=60.0))
    before, after = life.moves()[-1].facts.before, life.moves()[-1].facts.after

    assert life.transitions[-1].cause is Cause.EVENT
    assert life.transitions[-1].cause_message_id == "m-o2"
    assert (before.last_order_at, after.last_order_at) == (day(0), day(40))
    assert (before.orders_in_window, after.orders_in_window) == (1, 2)
    assert (before.revenue_in_window, after.revenue_in_window) == (6000, 12000)
    assert (before.recency_score, after.recency_score) == (4, 5)
    assert (before.frequency_score, after.frequency_score) == (1, 2)
    assert (before.monetary_score, after.monetary_score) == (1, 2)
    assert before.currency == after.currency == "EUR"


def test_a_transition_by_a_refund_or_cancellation_says_so() -> None:
    """Both take an order back: the cause is `refund`, and it names the message."""
    for taken_back in (refund(day(1), "o1"), cancellation(day(1), "o1")):
        life = lived([*orders(day(0)), taken_back])
        assert life.path() == [("new", day(0)), ("none", day(1))]
        assert life.path("stage") == [("first_time_buyer", day(0)), ("prospect", day(1))]
        assert life.transitions[-1].cause is Cause.REFUND
        assert life.transitions[-1].cause_message_id == taken_back["messageId"]


def test_an_event_that_moves_nobody_makes_no_transition() -> None:
    """A visit is a sign of life, and no more."""
    life = lived([*orders(day(0)), visit(day(2))])

    assert life.path() == [("new", day(0))]
    assert life.path("stage") == [("first_time_buyer", day(0))]
    assert len(life.transitions) == life.row.history.events == 2


@bounded
@given(arrivals)
def test_transitions_of_one_settlement_come_in_the_order_of_the_dimensions(
    messages: list[Json],
) -> None:
    """One of each at most, all at one instant, with one cause."""
    life = Life()
    for message in messages:
        event = event_from(message)
        life.wait_until(event.at)
        moves = life.process(event).transitions
        places = [list(BEGINNINGS).index(each.dimension) for each in moves]
        assert places == sorted(set(places))
        assert len({(each.effective_at, each.cause) for each in moves}) <= 1


def test_trigger_ids_differ_by_customer_rule_and_occasion() -> None:
    """None of the three can be mistaken for another."""
    ids = [
        trigger_id("c", "r", "transition:1"),
        trigger_id("c", "r", "transition:2"),
        trigger_id("c", "r", "event:1"),
        trigger_id("c2", "r", "transition:1"),
        trigger_id("c", "r2", "transition:1"),
        trigger_id('c","r', "", "transition:1"),
    ]

    assert len(set(ids)) == len(ids)
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in ids)


def test_trigger_ids_stay_the_same_from_release_to_release() -> None:
    """Subscribers remember them: a change would send everything twice after a replay."""
    assert trigger_id("c-42", "win_back", "transition:3") == "497d0c8c0744ed0d5f516fb0d7248926"
