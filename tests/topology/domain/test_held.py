"""A held promotion is decided again: by priority, by the caps, and by its conditions."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from schemas.trigger import Priority
from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import (
    MICROSECOND,
    Json,
    cancellation,
    complaint,
    day,
    did,
    order,
    orders,
    resolution,
    review,
)
from tests.topology.domain.policies import after, changed, only, rule
from topology.domain.steps.promotion_gate import CAP, CARE
from topology.domain.view.view import describe

A_WEEK = [{"at_most": 1, "within": "7 days"}]


def on_follow(name: str, priority: str, **fields: object) -> Json:
    """A rule that fires when somebody becomes a follower."""
    made = rule(name, {"climbing_to": ["follower"]}, cooldown="1 day", **fields)
    made["cases"][0]["action"] |= {"priority": priority}
    return made


FOLLOWED = did("Social Followed", day(0), network="x")
UNFOLLOWED = did("Social Unfollowed", day(3), network="x")


def test_of_two_at_one_instant_the_higher_priority_goes_first() -> None:
    """The other waits for the end of the cap, and goes out then."""
    book = changed(
        rules=[on_follow("first_named", "low"), on_follow("urgent", "high")], frequency_caps=A_WEEK
    )
    life = lived([FOLLOWED], day(30), book)

    assert life.fired() == [("urgent", day(0)), ("first_named", day(7))]
    [held] = life.row.memory.held
    assert (held.rule, held.reason) == ("first_named", CAP)


def test_of_the_same_priority_the_one_that_the_policy_names_first_goes_first() -> None:
    """And so on, one a week."""
    names = ["one", "two", "three"]
    book = changed(rules=[on_follow(name, "low") for name in names], frequency_caps=A_WEEK)

    assert lived([FOLLOWED], day(30), book).fired() == [
        ("one", day(0)),
        ("two", day(7)),
        ("three", day(14)),
    ]


def test_what_waits_is_dropped_if_it_is_no_longer_true() -> None:
    """Who has unfollowed is no follower any more when the cap ends."""
    book = changed(rules=[on_follow("one", "high"), on_follow("two", "low")], frequency_caps=A_WEEK)
    life = lived([FOLLOWED, UNFOLLOWED], day(30), book)

    assert life.fired() == [("one", day(0))]
    assert life.row.memory.holds == ()


def test_its_conditions_must_hold_again() -> None:
    """A second order while it waits: nothing is asked for."""
    once = after("once", 2, provided={"orders_total": {"at_most": 1}})
    book = changed(rules=[after("hello", 1), once], frequency_caps=A_WEEK)

    waits = lived(orders(day(0)), day(30), book)
    gone = lived(orders(day(0), day(5)), day(30), book)
    assert waits.fired() == [("hello", day(1)), ("once", day(8))]
    assert gone.fired() == [("hello", day(1))]


def test_a_trigger_that_waited_has_the_id_of_its_occasion_and_says_what_that_was() -> None:
    """Nobody is written to twice because of a wait."""
    rules = [after("hello", 1), after("again", 2)]
    held = lived(orders(day(0)), day(30), changed(rules=rules, frequency_caps=A_WEEK))
    free = lived(orders(day(0)), day(30), changed(rules=rules, frequency_caps=()))

    assert held.asked("again").trigger_id == free.asked("again").trigger_id
    waited = held.asked("again")
    assert waited.event is not None
    assert (waited.transition, waited.event.event) == (None, "Order Completed")
    assert (waited.effective_at, waited.expires_at) == (day(8), day(22))


@pytest.mark.parametrize(("nudge", "fires"), [(-MICROSECOND, False), (timedelta(0), True)])
def test_a_cap_is_half_open(nudge: timedelta, *, fires: bool) -> None:
    """One that is exactly seven days old does not count any more."""
    again = rule("again", {"review_at_least": 4}, cooldown="1 day")
    book = changed(rules=[again], frequency_caps=A_WEEK)
    at = day(7) + nudge
    life = lived([review(day(0), 5), review(at, 5)], book=book)

    assert (life.fired()[1:] == [("again", at)]) is fires


def test_two_in_30_days_are_enough() -> None:
    """The third waits until the first is 30 days old."""
    names = [f"r{n}" for n in range(4)]
    book = changed(
        rules=[on_follow(name, "low") for name in names],
        frequency_caps=[{"at_most": 1, "within": "7 days"}, {"at_most": 2, "within": "30 days"}],
    )

    assert [at for _, at in lived([FOLLOWED], day(90), book).fired()] == [
        day(0),
        day(7),
        day(30),
        day(37),
    ]


def test_what_is_not_promotional_neither_waits_nor_counts() -> None:
    """A survey beside a promotion."""
    ask = rule("ask", {"climbing_to": ["follower"]}, promotional=False)
    book = changed(rules=[on_follow("one", "low"), ask], frequency_caps=A_WEEK)

    assert lived([FOLLOWED], day(30), book).fired() == [("ask", day(0)), ("one", day(0))]


def test_of_each_rule_one_occasion_waits_the_latest() -> None:
    """Two reviews while somebody complains."""
    thanks = rule("thanks", {"review_at_least": 4}, cooldown="1 day", reason="Gave {rating}.")
    book = changed(rules=[thanks], frequency_caps=())
    messages = [complaint(day(0)), review(day(1), 4), review(day(2), 5), resolution(day(3))]
    life = lived(messages, book=book)

    [trigger] = life.triggers
    assert (trigger.effective_at, trigger.reason) == (day(3), "Gave 5.")
    assert trigger.event is not None
    assert trigger.event.at == day(2)
    assert [(each.rule, each.reason) for each in life.row.memory.held] == [("thanks", CARE)] * 2


def test_a_reason_that_waited_still_names_the_segment_that_was_left() -> None:
    """From need_attention to at risk, though it is long ago."""
    messages = [*orders(*[day(0)] * 4), complaint(day(80)), resolution(day(95))]
    life = lived(messages, day(96), only("win_back"))

    assert life.fired() == [("win_back", day(95))]
    assert life.asked("win_back").reason.startswith("Dropped from need_attention to at risk: ")


def test_what_care_held_goes_out_when_it_closes() -> None:
    """By a resolution or by the clock; who recovers may be written to."""
    book = only("second_purchase")
    resolved = [*orders(day(0)), complaint(day(10)), resolution(day(25))]

    assert lived(resolved, day(90), book).fired() == [("second_purchase", day(25))]
    assert lived(resolved[:2], day(90), book).fired() == [("second_purchase", day(40))]


def test_a_new_occasion_of_a_rule_takes_the_place_of_the_one_that_waits() -> None:
    """At the settlement at which nothing holds it any more: it goes out for the new reason."""
    thanks = rule("thanks", {"review_at_least": 4}, reason="Gave {rating}.")
    relieved = rule("", {"entering_care": ["recovering"]}, reason="All is well.")["cases"]
    thanks["cases"] += relieved
    messages = [complaint(day(0)), review(day(1), 5), resolution(day(3))]
    life = lived(messages, day(30), changed(rules=[thanks], frequency_caps=()))

    assert [(each.effective_at, each.reason) for each in life.triggers] == [
        (day(3), "All is well.")
    ]
    assert life.row.memory.holds == ()


def test_the_clock_lets_go_what_waits_before_the_event_of_the_same_instant() -> None:
    """The review of day 2 waited until day 7, and that of day 7 comes too late."""
    thanks = rule("thanks", {"review_at_least": 4}, cooldown="1 day", reason="Gave {rating}.")
    book = changed(rules=[thanks], frequency_caps=A_WEEK)
    life = lived([review(day(0), 5), review(day(2), 4), review(day(7), 4.5)], day(30), book)

    assert [(each.effective_at, each.reason) for each in life.triggers] == [
        (day(0), "Gave 5."),
        (day(7), "Gave 4."),
    ]


def test_what_waits_is_shown_with_its_cause() -> None:
    """Since when, and because of what."""
    life = lived([*orders(day(0)), complaint(day(10))], day(22), only("second_purchase"))
    [waiting] = describe("c", life.row, life.book, life.row.as_of).waiting

    assert (waiting.rule, waiting.since, waiting.because) == (
        "second_purchase",
        day(21),
        "first order",
    )


FITS = [
    (10.0, [], 0.0, Priority.NORMAL),
    (10.0, [did("Newsletter Subscribed", day(-1))], 0.25, Priority.NORMAL),
    (100.0, [], 0.75, Priority.HIGH),
    (100.0, [did("Newsletter Subscribed", day(-1))], 1.0, Priority.HIGH),
]


@pytest.mark.parametrize(("total", "messages", "fit", "priority"), FITS)
def test_who_fits_the_shop_well_has_a_higher_priority(
    total: float, messages: list[Json], fit: float, priority: Priority
) -> None:
    """By M, F and the newsletter; from 0.75 on a step higher."""
    count = 4 if total > 50 else 1
    greet = rule("greet", {"after_first_order": "1 day"})
    book = changed(rules=[greet], frequency_caps=())
    life = lived([*messages, *orders(*[day(0)] * count, total=total)], day(2), book)

    assert (life.asked("greet").fit, life.asked("greet").action.priority) == (fit, priority)


def test_the_raised_priority_decides_what_goes_first() -> None:
    """Raised, high is highest, and highest stays: then the policy's order decides."""
    rules = [
        rule(name, {"after_first_order": "1 day"}, cooldown="1 day") for name in ("one", "two")
    ]
    rules[0]["cases"][0]["action"] |= {"priority": "high"}
    rules[1]["cases"][0]["action"] |= {"priority": "highest"}
    book = changed(rules=rules, frequency_caps=A_WEEK)
    life = lived(orders(*[day(0)] * 4, total=100.0), day(2), book)

    assert life.fired() == [("one", day(1))]
    assert lived(orders(day(0)), day(2), book).fired() == [("two", day(1))]


def test_the_default_policy_writes_to_a_new_champion_once_a_week_at_most() -> None:
    """Six orders at once: gift, offer and accessories all have their reasons, but not one day."""
    life = lived(orders(*[day(0)] * 6), day(40))
    promotional = {each.name for each in BOOK.rules if each.promotional}
    sent: list[datetime] = [at for name, at in life.fired() if name in promotional]

    assert len(sent) >= 2
    assert all(b - a >= timedelta(days=7) for a, b in pairwise(sent))
    assert all(c - a >= timedelta(days=30) for a, c in zip(sent, sent[2:], strict=False))


def test_a_cancelled_champion_gets_no_offer_that_waited() -> None:
    """By default the gift goes out first; the offer waits, and its segment is gone by then."""
    messages = [*orders(*[day(0)] * 6), cancellation(day(1), "o1"), order(day(40), "x")]
    life = lived(
        messages[:-1], day(20), only("special_offer", "regular_thanks", frequency_caps=A_WEEK)
    )

    assert "special_offer" not in [name for name, _ in life.fired()]


def test_what_waits_for_a_cap_is_not_looked_at_before_the_cap_ends() -> None:
    """A second order on day 3 would have ruled it out; on day 4 it is taken back."""
    once = {"orders_total": {"at_most": 1}}
    rules = [after("hello", 1), after("again", 2, provided=once)]
    messages = [order(day(0), "o1"), order(day(3), "o2"), cancellation(day(4), "o2")]
    life = lived(messages, day(30), changed(rules=rules, frequency_caps=A_WEEK))

    assert life.fired() == [("hello", day(1)), ("again", day(8))]
