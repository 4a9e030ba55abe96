"""A backfill is silent: what would have fired long ago is remembered and listed, and not sent."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.policy import load_default_policy
from schemas.trigger import Trigger
from tests.topology.domain.histories import bounded, histories
from tests.topology.domain.life import Life
from tests.topology.domain.messages import MICROSECOND, Json, complaint, day, event_from, orders
from tests.topology.domain.policies import changed, only
from topology.domain.advance import advance
from topology.domain.history.instant import DAY, Instant, from_datetime, span, to_datetime
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.promotion_gate import REASONS
from topology.domain.steps.situation import AGE
from topology.domain.view.explain import explain
from topology.domain.view.view import describe

A_WEEK = timedelta(days=7)
SETTLING = load_default_policy().history_settles_after
BOOK = only("second_purchase", max_age=A_WEEK)
"""It fires 21 days after the first order."""


def backfilled(messages: list[Json], now: datetime, book: Rulebook = BOOK) -> Life:
    """Messages that came long after they had happened, all at one instant."""
    life = Life(book)
    for message in messages:
        late(life, message, from_datetime(now - SETTLING))
    life.wait_until(from_datetime(now))
    return life


def late(life: Life, message: Json, now: Instant) -> None:
    """Let a message come that was on its way for long."""
    step = advance(life.state, event_from(message), now, life.book)
    life.state = step.state
    life.triggers += step.triggers


def fired_at(life: Life) -> Instant:
    [fired] = life.row.memory.fired
    return fired.at


def test_the_default_policy_lets_out_what_is_no_older_than_a_week() -> None:
    """Whoever asks for less or more says so."""
    assert load_default_policy().max_age == A_WEEK


def test_what_fired_just_within_the_age_is_sent() -> None:
    """It is older only a moment later."""
    due = 21 + 7

    assert backfilled(orders(day(0)), day(due)).fired() == [("second_purchase", day(21))]
    assert backfilled(orders(day(0)), day(due) + MICROSECOND).fired() == []


def test_what_is_not_sent_counts_as_if_it_had_been() -> None:
    """For cooldowns, caps and numbers: the row is as the live stream would have made it."""
    silent = backfilled(orders(day(0)), day(60))
    loud = backfilled(orders(day(0)), day(60), only("second_purchase"))

    assert fired_at(silent) == fired_at(loud) == from_datetime(day(21))
    assert silent.row.memory.promoted == loud.row.memory.promoted
    assert silent.row.wake_at == loud.row.wake_at


def test_it_is_listed_as_too_late() -> None:
    """Where ops look for what was held back."""
    life = backfilled(orders(day(0)), day(60))
    held = describe("c", life.row, BOOK, life.row.as_of).held

    assert held.count == 1
    assert [(each.rule, each.at, each.reason) for each in held.latest] == [
        ("second_purchase", day(21), REASONS[AGE])
    ]
    [why] = explain(life.row, BOOK, life.row.as_of)
    assert "held back at 2026-01-22" in why.because


def test_service_that_comes_too_late_is_silent_too() -> None:
    """Nobody is called about a complaint of last year."""
    book = changed(max_age=A_WEEK)

    assert backfilled([complaint(day(0))], day(300), book).fired() == []
    assert backfilled([complaint(day(0))], day(6), book).fired() == [("service_recovery", day(0))]


@settings(bounded)
@given(histories(), st.integers(0, 400))
def test_a_backfill_sends_only_what_the_live_stream_would_have_sent_of_late(
    messages: list[Json], after: int
) -> None:
    """With the same ids; what of it is younger than a week may be promotion that is held."""
    now = max(from_datetime(day(0)) + after * DAY, *(event_from(each).at for each in messages))
    loud, silent = Life(changed(max_age=None)), Life(changed(max_age=A_WEEK))
    for message in messages:
        late(loud, message, now)
        late(silent, message, now - span(SETTLING))
    loud.wait_until(now)
    silent.wait_until(now)

    of_late = [each for each in loud.triggers if each.effective_at >= to_datetime(now) - A_WEEK]
    sent, may_be = list(map(_sent, silent.triggers)), list(map(_sent, of_late))
    assert set(sent) <= set(may_be)
    assert silent.row.history == loud.row.history
    assert silent.row.sequence == loud.row.sequence
    if all(event_from(each).at < now - span(A_WEEK + SETTLING) for each in messages):
        assert sent == may_be
        assert silent.row.memory.fired == loud.row.memory.fired
        assert silent.row.memory.holds == loud.row.memory.holds
        assert silent.row.memory.promoted == loud.row.memory.promoted
        assert silent.row.wake_at == loud.row.wake_at


def _sent(trigger: Trigger) -> tuple[Any, ...]:
    return trigger.trigger_id, trigger.rule, trigger.effective_at, trigger.attempt
