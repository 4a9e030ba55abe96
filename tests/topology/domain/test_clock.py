"""Absence is an event: what the clock alone does, and when."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.transition import Cause
from tests.topology.domain.histories import (
    DAYS_THAT_MATTER,
    arrivals,
    bounded,
    histories,
    instants_after,
)
from tests.topology.domain.life import BOOK, Life, decided, lived
from tests.topology.domain.messages import (
    MICROSECOND,
    Json,
    complaint,
    day,
    event_from,
    orders,
    visit,
)
from tests.topology.domain.policies import SEGMENTS, only
from topology.domain.advance import advance
from topology.domain.history.dimensions import values_of
from topology.domain.history.instant import DAY, Instant, from_datetime, to_datetime
from topology.domain.history.record import replace
from topology.domain.history.state import State
from topology.domain.steps.care import open_cases, with_care
from topology.domain.steps.score import score
from topology.domain.steps.step import Step
from topology.domain.steps.wake import wake_at

HORIZON = 3 * 366 * DAY
"""Long after this nothing changes by the clock alone any more."""


def wakes(life: Life) -> list[Instant]:
    """Walk the clock from one due instant to the next, to the last, and return them."""
    found: list[Instant] = []
    while (due := wake_at(life.row, life.book)) is not None:
        life.wait_until(due)
        found.append(due)
    return found


@bounded
@given(arrivals)
def test_advancing_to_the_instant_before_it_is_due_changes_nothing(messages: list[Json]) -> None:
    """Only the row's present moves on, for every due instant to the end."""
    life = lived(messages)
    while (due := wake_at(life.row, BOOK)) is not None:
        assert due > life.row.as_of
        step = advance(life.row, None, due - 1, BOOK)
        assert step.state == replace(life.row, as_of=due - 1)
        assert (step.transitions, step.triggers, step.wake_at) == ((), (), due)
        life.wait_until(due)


@bounded
@given(st.data(), arrivals)
def test_two_clocks_of_different_fineness_agree(data: st.DataObject, messages: list[Json]) -> None:
    """At once, or in any steps: the same row, transitions and triggers."""
    at_once, in_steps = lived(messages), lived(messages)
    start = to_datetime(at_once.row.as_of)
    stops = sorted(data.draw(st.lists(instants_after(start), min_size=1, max_size=8)))
    at_once.wait_until(from_datetime(stops[-1]))
    for stop in stops:
        in_steps.wait_until(from_datetime(stop))

    assert in_steps.state == at_once.state
    assert decided(in_steps.transitions) == decided(at_once.transitions)
    assert decided(in_steps.triggers) == decided(at_once.triggers)


@bounded
@given(st.data(), histories())
def test_clock_steps_between_events_in_time_change_nothing(
    data: st.DataObject, messages: list[Json]
) -> None:
    """A clock that ticks between the events gives what the events alone give."""
    alone, ticked = lived(messages), Life()
    for message in messages:
        event = event_from(message)
        if ticked.state is not None and event.at > ticked.row.as_of:
            stops = st.lists(st.integers(ticked.row.as_of, event.at), max_size=3)
            for stop in sorted([*data.draw(stops), event.at]):
                ticked.wait_until(stop)
        ticked.process(event)

    assert ticked.state == alone.state
    assert decided(ticked.transitions) == decided(alone.transitions)
    assert decided(ticked.triggers) == decided(alone.triggers)


@bounded
@given(arrivals)
def test_what_the_clock_does_takes_effect_at_its_due_instant(messages: list[Json]) -> None:
    """Walked at once to the end, everything happens at a due instant, in order."""
    life, at_once = lived(messages), lived(messages)
    known, fired = len(life.transitions), len(life.triggers)
    due = {to_datetime(instant) for instant in wakes(life)}
    at_once.wait_until(life.row.as_of + HORIZON)

    changed_at = [each.effective_at for each in at_once.transitions[known:]]
    asked = [each.effective_at for each in at_once.triggers[fired:]]
    assert {*changed_at, *asked} <= due
    assert changed_at == sorted(changed_at)
    assert asked == sorted(asked)
    assert all(each.cause is Cause.CLOCK for each in at_once.transitions[known:])
    assert all(each.cause_message_id is None for each in at_once.transitions[known:])
    assert decided(at_once.transitions) == decided(life.transitions)
    assert decided(at_once.triggers) == decided(life.triggers)


@bounded
@given(arrivals)
def test_the_figures_of_a_row_are_those_of_its_history(messages: list[Json]) -> None:
    """However they were come by, at every event and at every due instant after the last."""
    life = Life()
    for message in messages:
        life.process(event_from(message))
        assert life.row.scores == score(life.row.history, life.row.as_of, BOOK)
    while (due := wake_at(life.row, BOOK)) is not None:
        life.wait_until(due)
        assert life.row.scores == score(life.row.history, due, BOOK)
        assert life.row.as_of == due


def instants_that_matter(state: State) -> set[Instant]:
    """Every instant at which an order or complaint comes to an age that matters to anything."""
    starts = [order.at for order in state.history.orders]
    starts += [case.opened_at for case in state.history.cases]
    return {start + days * DAY for start in starts for days in DAYS_THAT_MATTER}


@bounded
@given(arrivals)
def test_nothing_would_change_between_two_due_instants(messages: list[Json]) -> None:
    """At each instant before the next due one: the same figures, dimensions and open cases."""
    life = lived(messages)
    while True:
        row, due = life.row, wake_at(life.row, BOOK)
        between = {
            at for at in instants_that_matter(row) if row.as_of < at and (due is None or at < due)
        }
        for at in between:
            assert score(row.history, at, BOOK) == row.scores
            values = BOOK.classifier.of(row.history, score(row.history, at, BOOK))
            assert with_care(values, row.history, at, BOOK) == values_of(row)
            assert open_cases(row.history, at, BOOK) == open_cases(row.history, row.as_of, BOOK)
        if due is None:
            return
        life.wait_until(due)


def test_a_quiet_customer_wakes_at_each_threshold_and_never_again() -> None:
    """One order: second_purchase, four steps of R, and the order leaves the window."""
    life = lived(orders(day(0)), book=SEGMENTS)

    assert wakes(life) == [from_datetime(day(n)) for n in (21, 30, 60, 90, 180, 365)]
    assert life.row.segment == "hibernating"


def test_the_default_policy_wakes_a_quiet_customer_for_its_other_rules_too() -> None:
    """On day 3 for accessories, 14 for feedback, and after 24 months to tidy up."""
    life = lived(orders(day(0)))

    assert wakes(life) == [from_datetime(day(n)) for n in (3, 14, 21, 30, 60, 90, 180, 365, 730)]


def test_a_sign_of_life_a_microsecond_before_it_is_due_delays_nothing() -> None:
    """Not the second purchase, nor a step of R, nor the end of the window."""
    for days in (21, 30, 60, 90, 180, 365):
        messages = [*orders(day(0)), visit(day(days) - MICROSECOND)]
        life = lived(messages, book=SEGMENTS)
        assert wakes(life)[0] == from_datetime(day(days))


def test_a_second_order_silences_the_delay_of_the_first() -> None:
    """Two orders: whoever looks on day 21 finds nothing to do, and all else is due as ever."""
    life = lived(orders(day(0), day(1)), day(21) - MICROSECOND, SEGMENTS)
    on_the_day = life.wait_until(from_datetime(day(21)))

    assert (on_the_day.transitions, on_the_day.triggers) == ((), ())
    assert wakes(life) == [from_datetime(day(n)) for n in (31, 61, 91, 181, 365, 366)]


def test_a_delay_may_be_longer_than_the_window() -> None:
    """The first order is out of a window of 10 days, and yet due on day 21."""
    life = lived(orders(day(0)), day(60), only("second_purchase", window="10 days"))

    assert life.fired() == [("second_purchase", day(21))]


def test_an_open_complaint_wakes_its_customer_when_it_runs_out() -> None:
    """Service recovery ends after 30 days, and recovering 14 days later: one must see it."""
    life = lived([complaint(day(3))], book=SEGMENTS)

    assert wakes(life) == [from_datetime(day(33)), from_datetime(day(47))]


def test_a_customer_without_orders_is_never_due() -> None:
    """By segments nothing can change by the clock alone; else once, after 24 months."""
    assert wakes(lived([visit(day(0))], book=SEGMENTS)) == []
    assert wakes(lived([visit(day(0))])) == [from_datetime(day(730))]


def test_the_clock_comes_before_the_event_of_the_same_instant() -> None:
    """An order exactly 60 days after the last: the customer dozed off just before it."""
    life = lived(orders(day(0), day(60)))

    assert life.path()[-2:] == [("about_to_sleep", day(60)), ("potential_loyalist", day(60))]
    assert [each.cause for each in life.moves()[-2:]] == [Cause.CLOCK, Cause.EVENT]


def test_a_microsecond_earlier_the_clock_has_nothing_to_say() -> None:
    """An order just before 60 days are over: no dozing off."""
    life = lived(orders(day(0), day(60) - MICROSECOND))

    assert "about_to_sleep" not in [segment for segment, _ in life.path()]


def test_the_clock_never_goes_backwards() -> None:
    """An instant before the row's present changes nothing."""
    life = lived(orders(day(0)), day(40))
    step = advance(life.row, None, from_datetime(day(10)), BOOK)

    assert step.state == life.row
    assert step.transitions == ()


def test_the_clock_alone_makes_no_customer() -> None:
    """Nobody is known, and nobody comes of it."""
    assert advance(None, None, from_datetime(day(0)), BOOK) == Step(None, None)


def test_the_worker_s_time_says_only_when_something_was_noticed() -> None:
    """Noticed on day 400, the drop of day 60 takes effect on day 60."""
    life = lived(orders(day(0)), day(400))
    drop = next(each for each in life.transitions if each.to_value == "about_to_sleep")

    assert drop.effective_at == day(60)
    assert drop.observed_at == day(400)
    wake_up = next(each for each in life.triggers if each.rule == "wake_up")
    assert (wake_up.effective_at, wake_up.created_at) == (day(60), day(400))
    assert wake_up.expires_at == day(74)
