"""Events may arrive in any order, late and more than once: the facts are the same."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from tests.topology.domain.histories import arrivals, bounded, histories, retried
from tests.topology.domain.life import Life, decided, lived
from tests.topology.domain.messages import (
    MICROSECOND,
    Json,
    cancellation,
    complaint,
    day,
    event_from,
    order,
    orders,
    refund,
    resolution,
    visit,
)
from tests.topology.domain.policies import ABROAD, SEGMENTS
from topology.domain.history.instant import from_datetime, to_datetime


def last_instant(messages: list[Json]) -> datetime:
    """The time of the last message."""
    return max(datetime.fromisoformat(message["timestamp"]) for message in messages)


@bounded
@given(st.data(), histories(), st.sampled_from([0, 1, 29, 30, 200, 400]))
def test_permuted_events_give_the_same_history(
    data: st.DataObject, messages: list[Json], quiet: int
) -> None:
    """Facts, figures and segment at one final instant do not depend on the order of arrival."""
    until = last_instant(messages) + (day(quiet) - day(0))
    one = lived(messages, until).row
    other = lived(data.draw(st.permutations(messages)), until).row

    assert other.history == one.history
    assert other.scores == one.scores
    assert (other.segment, other.stage, other.tier, other.care) == (
        one.segment,
        one.stage,
        one.tier,
        one.care,
    )


@bounded
@given(st.data(), histories(abroad=True))
def test_permuted_orders_and_refunds_in_three_currencies_give_the_same_history(
    data: st.DataObject, messages: list[Json]
) -> None:
    """Also refunds that come before their order, and name no currency or a third one."""
    until = last_instant(messages)
    one = lived(messages, until, ABROAD).row
    other = lived(data.draw(st.permutations(messages)), until, ABROAD).row

    assert other.history == one.history
    assert other.scores == one.scores


def test_a_corrected_order_after_its_refund_equals_one_before() -> None:
    """A refund in part is of the total that counts in the end, whichever came first."""
    first, second = order(day(0), "o", 20.0), order(day(1), "o", 10.0)
    second["messageId"] = "m-again"
    part = refund(day(2), "o", 10.0)

    assert lived([second, part, first]).row.history == lived([first, second, part]).row.history
    assert lived([second, part, first]).row.segment == "new"


def test_an_order_that_turns_out_smaller_is_gone_by_the_same_refund() -> None:
    """At one time the smaller total counts; a refund of as much takes all of it back."""
    dear, cheap = order(day(0), "o", 20.0), order(day(0), "o", 10.0)
    cheap["messageId"] = "m-again"
    part = refund(day(2), "o", 10.0)

    assert lived([dear, part, cheap]).row.history == lived([cheap, dear, part]).row.history
    assert lived([dear, part, cheap]).row.segment == "none"


def test_a_complaint_that_is_over_leaves_no_trace_whenever_it_arrived() -> None:
    """A complaint of day 0 that arrives on day 100 is over, as is one that came in time."""
    old, sign = complaint(day(0)), visit(day(100))

    assert lived([old, sign]).row.history == lived([sign, old]).row.history


def test_a_resolution_may_come_before_its_complaint() -> None:
    """What counts is when it was resolved, not when we read it."""
    opened, closed = complaint(day(1)), resolution(day(2))
    life = lived([*orders(day(0)), closed, opened], day(22), SEGMENTS)

    assert life.path("care") == [("recovering", day(2)), ("calm", day(16))]
    assert life.fired() == [("second_purchase", day(21))]


def test_a_refund_may_come_before_its_order() -> None:
    """Parts wait for the order, and a cancellation too."""
    parts = [refund(day(1), "o1", 4.0), refund(day(2), "o1", 6.0)]

    assert lived([*parts, *orders(day(0))]).row.scores.orders_total == 0
    assert lived([*parts[:1], *orders(day(0))]).row.scores.revenue_in_window == 600
    assert lived([cancellation(day(1), "o1"), *orders(day(0))]).row.segment == "none"
    mixed = [refund(day(1), "o1", 4.0), cancellation(day(2), "o1")]
    assert lived([*mixed, *orders(day(0))]).row.segment == "none"
    assert lived([*reversed(mixed), *orders(day(0))]).row.segment == "none"


@bounded
@given(arrivals)
def test_late_events_take_effect_at_the_present_and_rewrite_nothing(messages: list[Json]) -> None:
    """No transition or trigger takes effect before the customer's present."""
    life = Life()
    for message in messages:
        event = event_from(message)
        before = life.state
        step = life.process(event)
        after = life.row
        present = event.at if before is None else max(before.as_of, event.at)
        assert after.as_of == (present if not step.duplicate else life.row.as_of)
        since = to_datetime(event.at if before is None else before.as_of)
        times = [each.effective_at for each in step.transitions]
        times += [each.effective_at for each in step.triggers]
        assert all(since <= time <= to_datetime(present) for time in times)
        own = [each for each in step.transitions if each.cause != "clock"]
        assert all(each.effective_at == to_datetime(present) for each in own)
    times = [each.effective_at for each in life.transitions]
    assert times == sorted(times)


def test_a_late_order_counts_where_it_belongs_and_from_now_on() -> None:
    """An order of day 5 that arrives on day 40 makes two orders on day 40, not on day 5."""
    life = lived([order(day(0), "a"), visit(day(40)), order(day(5), "b")])

    assert life.path()[-1] == ("potential_loyalist", day(40))
    assert life.row.scores.last_order_at == from_datetime(day(5))
    assert life.moves()[-1].cause_message_id == "m-b"


def test_a_late_first_order_still_asks_for_the_second() -> None:
    """Processed on day 30, the first order of day 0 is more than 21 days old: it fires at once."""
    life = lived([visit(day(30)), order(day(0), "a")], book=SEGMENTS)

    assert life.fired() == [("second_purchase", day(30))]
    assert life.triggers[0].event is not None
    assert life.triggers[0].event.order_id == "a"


def test_a_late_first_order_asks_for_the_second_at_the_very_end_of_its_delay() -> None:
    """Processed exactly 21 days after it: at once. A microsecond earlier: when they are over."""
    exactly = lived([visit(day(21)), order(day(0), "a")], day(25), SEGMENTS)
    earlier = lived([visit(day(21) - MICROSECOND), order(day(0), "a")], day(25), SEGMENTS)

    assert exactly.fired() == earlier.fired() == [("second_purchase", day(21))]


def test_a_late_order_that_is_not_the_first_asks_for_nothing() -> None:
    """The order of day 2 arrives on day 40, after the one of day 0 had its trigger."""
    life = lived([order(day(0), "a"), visit(day(40)), order(day(2), "b")])

    assert life.fired("second_purchase") == [("second_purchase", day(21))]


@bounded
@given(st.data(), histories().flatmap(st.permutations))
def test_a_retry_changes_nothing_at_all(data: st.DataObject, messages: list[Json]) -> None:
    """Whatever is sent again, the row, transitions and triggers are those of the first sending."""
    sent = data.draw(retried(list(messages)))
    once, twice = lived(messages), Life()
    duplicates = 0
    for message in sent:
        before, known = twice.state, len(twice.transitions) + len(twice.triggers)
        step = twice.process(event_from(message))
        if step.duplicate:
            duplicates += 1
            assert twice.state is before
            assert len(twice.transitions) + len(twice.triggers) == known

    assert duplicates == len(sent) - len(messages)
    assert twice.row == once.row
    assert decided([*twice.transitions, *twice.triggers]) == decided(
        [*once.transitions, *once.triggers]
    )


def test_a_retry_with_a_later_time_is_a_retry_all_the_same() -> None:
    """The message id says so: not even the clock goes on by it."""
    first = order(day(0), "a")
    life = lived([first], book=SEGMENTS)
    before = life.row
    step = life.process(event_from(first | {"timestamp": day(100).isoformat()}))

    assert step.duplicate
    assert life.row is before
    assert (step.transitions, step.triggers, step.wake_at) == ((), (), from_datetime(day(21)))


def test_an_order_id_counts_once_whatever_its_message_ids() -> None:
    """The earlier message counts, and at one time the smaller total."""
    later = order(day(1), "o", 30.0)
    again = order(day(0), "o", 20.0)
    cheaper = order(day(0), "o", 15.0)
    again["messageId"], cheaper["messageId"] = "m-2", "m-3"
    row = lived([later, again, cheaper]).row

    assert row.scores.orders_total == 1
    assert row.scores.revenue_in_window == 1500
    assert row.scores.last_order_at == from_datetime(day(0))
    assert row.history.events == 3
