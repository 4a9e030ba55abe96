"""Why each rule did or did not fire, by the facts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from schemas.customer import RuleExplanation
from tests.topology.domain.histories import arrivals, bounded
from tests.topology.domain.life import BOOK, Life, lived
from tests.topology.domain.messages import (
    Json,
    bought,
    complaint,
    day,
    delivered,
    did,
    identified,
    order,
    orders,
    visit,
)
from tests.topology.domain.policies import SEGMENTS, rule, with_rules
from topology.domain.history.instant import from_datetime, to_datetime
from topology.domain.steps.promotion_gate import CARE, REASONS
from topology.domain.steps.wake import wake_at
from topology.domain.view.explain import explain


def explained(life: Life, at: datetime) -> dict[str, RuleExplanation]:
    """The explanation of each rule, by its name."""
    return {each.rule: each for each in explain(life.row, life.book, from_datetime(at))}


def test_every_rule_of_the_policy_is_explained_in_its_order() -> None:
    """Whether it fired or not."""
    found = explained(lived(orders(day(0))), day(0))

    assert list(found) == [each.name for each in BOOK.rules]
    assert [name for name, each in found.items() if not each.promotional] == [
        "service_recovery",
        "rest",
        "tidy_up",
        "feedback_request",
    ]


def test_a_delay_that_runs_is_waiting_for_its_end() -> None:
    """One order so far: due 21 days after it."""
    found = explained(lived(orders(day(0))), day(3))["second_purchase"]

    assert (found.state, found.next_at, found.fired) == ("waiting", day(21), None)
    assert found.because == (
        "It waits for: 21 days after the first order (3 of them have passed), provided "
        "orders_total is at most 1 (now: 1). It is due at 2026-01-22T12:00:00+00:00."
    )


def test_a_second_order_makes_the_delay_idle() -> None:
    """It says how many orders there are."""
    found = explained(lived(orders(day(0), day(1))), day(3))["second_purchase"]

    assert (found.state, found.next_at) == ("idle", None)
    assert found.because == (
        "It waits for: 21 days after the first order (3 of them have passed), provided "
        "orders_total is at most 1 (now: 2)."
    )


def test_a_rule_rests_until_its_cooldown_is_over() -> None:
    """Then it has fired, and could again."""
    life = lived(orders(day(0)), day(70), SEGMENTS)
    resting, fired = explained(life, day(89))["wake_up"], explained(life, day(90))["wake_up"]

    assert resting.state == "resting"
    assert resting.because == (
        "It fired at 2026-03-02T12:00:00+00:00 and rests until 2026-04-01T12:00:00+00:00. Then it "
        "waits for: entering about_to_sleep (now: about_to_sleep, and to enter it the customer "
        "must leave it first)."
    )
    assert resting.fired is not None
    assert resting.fired.cooldown_until == day(90)
    assert fired.state == "fired"
    assert fired.because == (
        "It fired at 2026-03-02T12:00:00+00:00. It waits for: entering about_to_sleep (now: "
        "about_to_sleep, and to enter it the customer must leave it first)."
    )


def test_only_what_has_come_is_held_while_a_complaint_is_open() -> None:
    """With the reason, since when, and when it is decided again; the others say what would be."""
    life = lived([*orders(day(0)), complaint(day(10))], day(22), SEGMENTS)
    during = explained(life, day(39))
    life.wait_until(from_datetime(day(40)))
    after = explained(life, day(40))

    assert [name for name, each in during.items() if each.state == "held"] == ["second_purchase"]
    held = during["second_purchase"]
    assert (held.held_by, held.held_since, held.held_until) == (REASONS[CARE], day(21), day(40))
    assert held.because == (
        "A complaint or bad review is open: personal contact comes first. So its occasion of "
        "2026-01-22T12:00:00+00:00 (21 days after the first order) is held, and is decided again "
        "when the case is closed, at 2026-02-10T12:00:00+00:00 at the latest."
    )
    assert (during["win_back"].state, during["win_back"].held_by) == ("idle", None)
    assert during["win_back"].would_be_held_by == REASONS[CARE]
    assert during["win_back"].because.endswith(
        "If that happened now, it would be held: a complaint or bad review is open: personal "
        "contact comes first."
    )
    assert during["service_recovery"].state == "fired"
    assert after["second_purchase"].state == "resting"
    assert after["second_purchase"].because.endswith(
        f"It was last held back at 2026-01-22T12:00:00+00:00: {REASONS[CARE]}."
    )


def test_an_idle_rule_says_what_it_waits_for_in_all_its_cases() -> None:
    """With the customer's own figures beside the bounds."""
    found = explained(lived([order(day(0), "a", 120.0)], book=SEGMENTS), day(0))

    assert found["win_back"].because == (
        "It waits for: entering at_risk (now: new); or entering cant_lose (now: new)."
    )
    assert found["nurture"].because == (
        "It waits for: entering loyal (now: new), provided monetary_score is at most 2 (now: 2)."
    )
    assert found["service_recovery"].because == (
        "It waits for: care becoming complaint_open (now: calm), provided fired_within is 90 days "
        "(now: never); or care becoming complaint_open (now: calm)."
    )
    assert {each.state for name, each in found.items() if name != "second_purchase"} == {"idle"}


def test_a_delay_without_conditions_waits_whatever_the_number_of_orders() -> None:
    """The policy says what a delay depends on, and this one depends on nothing."""
    book = with_rules([rule("hello", {"after_first_order": "40 days"})])
    life = lived(orders(day(0), day(1)), book=book)

    assert explained(life, day(2))["hello"].next_at == day(40)
    life.wait_until(from_datetime(day(40)))
    assert life.fired() == [("hello", day(40))]


def inputs_of(found: RuleExplanation) -> list[tuple[str, str, object, bool]]:
    """The conditions of a rule's first case, each with its fact."""
    return [(each.field, each.wanted, each.fact, each.met) for each in found.cases[0].conditions]


def test_conditions_are_explained_with_their_inputs_in_the_same_words() -> None:
    """Money in major units, channels by name, times as durations."""
    asks = rule(
        "asks",
        {"review_at_least": 4},
        provided={
            "revenue_in_window": {"at_least": "20.00"},
            "newsletter": True,
            "bought_over": ["store", "phone"],
            "traits": {"level": [1, "gold"]},
            "tier": ["A", "B"],
            "unanswered": {"at_most": 2},
            "fired_within": "12 hours",
        },
        promotional=False,
    )
    messages = [
        bought(day(0), "a", "store", 12.5),
        bought(day(0), "b", "app", 12.5),
        identified(day(0), level="gold"),
        delivered(day(1)),
    ]
    found = explained(lived(messages, book=with_rules([asks])), day(1))["asks"]

    assert inputs_of(found) == [
        ("tier", "A or B", "C", False),
        ("revenue_in_window", "at least 20.00", "25.00", True),
        ("newsletter", "true", False, False),
        ("bought_over", "store or phone", "app and store", True),
        ("traits.level", "1 or gold", "gold", True),
        ("unanswered", "at most 2", 1, True),
        ("fired_within", "12 hours", "never", False),
    ]


def test_how_long_ago_a_rule_fired_is_shown_as_a_duration() -> None:
    """36 hours, and 90 days were wanted."""
    life = lived([complaint(day(0))], day(1.5), SEGMENTS)
    found = explained(life, day(1.5))["service_recovery"]

    assert inputs_of(found) == [("fired_within", "90 days", "36 hours", True)]


HELD_BY = [
    ([complaint(day(0))], "a complaint or bad review is open: personal contact comes first"),
    (
        [delivered(day(n / 10)) for n in range(6)],
        "the last attempts went without an answer: nothing until the customer acts",
    ),
    ([did("Social Followed", day(0), network="x")], "there was enough promotion of late"),
    ([visit(day(0))], None),
]


@pytest.mark.parametrize(("messages", "held_by"), HELD_BY)
def test_an_explanation_says_what_would_hold_a_promotion(
    messages: list[Json], held_by: str | None
) -> None:
    """Care, rest or the caps; nothing holds back what is not promotional."""
    found = explained(lived(messages), day(1))

    assert {each.would_be_held_by for each in found.values() if each.promotional} == {held_by}
    assert {each.would_be_held_by for each in found.values() if not each.promotional} == {None}
    assert {each.held_by for each in found.values()} == {None}


def test_a_cap_says_until_when_it_holds() -> None:
    """A week after the first."""
    found = explained(lived([did("Social Followed", day(0), network="x")]), day(1))

    assert found["second_purchase"].because == (
        "It waits for: 21 days after the first order (no order so far), provided orders_total is "
        "at most 1 (now: 0). If that happened now, it would be held: there was enough promotion "
        "of late, until 2026-01-08T12:00:00+00:00."
    )


def test_each_case_says_when_it_is_due() -> None:
    """The next gift is for whoever becomes a regular; the next card is due on a birthday."""
    messages = [*orders(*[day(0)] * 4), identified(day(1), birthday="1980-05-17")]
    found = explained(lived(messages, day(8)), day(8))["regular_thanks"]

    assert [(each.when, each.due_at) for each in found.cases] == [
        ("becoming regular", None),
        ("the birthday", datetime(2026, 5, 16, 22, tzinfo=UTC)),
    ]


def test_a_case_says_how_soon_it_comes_at_the_earliest() -> None:
    messages = orders(day(0), day(1))
    found = explained(lived(messages, day(2)), day(2))["occasional_push"]

    words = "1.5 usual gaps between orders without another one, and at least 7 days"
    assert [(each.when, each.due_at) for each in found.cases] == [(words, day(8))] * 2


BY_THE_CLOCK = {
    "Order Completed",
    "last order",
    "usual gap",
    "research",
    "birthday",
    "stage",
    "last sign of life",
}
"""What a trigger names that the clock alone set off."""


@bounded
@given(arrivals)
def test_what_is_shown_as_due_is_what_the_clock_then_does(messages: list[Json]) -> None:
    """At each due instant: what was said fires, is held or rests, and nothing else is set off."""
    life = lived(messages)
    while (at := wake_at(life.row, BOOK)) is not None:
        explanations = {each.rule: each for each in explain(life.row, BOOK, at - 1)}
        waited = {each.rule for each in life.row.memory.holds}
        held = life.row.memory.held_count
        step = life.wait_until(at)

        fired = {each.rule for each in step.triggers}
        now_held = {each.rule for each in life.row.memory.held if each.at == at}
        due = {rule for rule, each in explanations.items() if each.next_at == to_datetime(at)}
        resting = {rule for rule in due if _rests(explanations[rule], to_datetime(at))}
        assert due - resting <= fired | now_held
        assert bool(now_held) == (life.row.memory.held_count > held)
        unannounced = {
            each.rule
            for each in step.triggers
            if each.event and each.event.event in BY_THE_CLOCK and each.rule not in waited
        }
        assert unannounced <= due


def _rests(explanation: RuleExplanation, at: datetime) -> bool:
    return explanation.fired is not None and at < explanation.fired.cooldown_until
