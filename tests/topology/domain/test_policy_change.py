"""Another policy: a row that was made under the old one is settled under the new one."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.transition import Cause
from tests.topology.domain.life import BOOK, Life, lived
from tests.topology.domain.messages import complaint, day, event_from, order, orders, visit
from tests.topology.domain.policies import (
    SEGMENT_RULES,
    SEGMENTS,
    after,
    changed,
    only,
    rule,
    with_rules,
)
from topology.domain.history.instant import from_datetime
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.promotion_gate import CAP
from topology.domain.steps.situation import POLICY
from topology.domain.steps.wake import wake_at

SHORT_WINDOW = only(*SEGMENT_RULES, window="10 days")


def under(other: Life) -> Life:
    """The same customer, from now on under the policy with the short window."""
    return Life(SHORT_WINDOW, other.state)


def test_a_row_of_another_policy_is_due_at_once() -> None:
    """At its own present, whenever it would have been due."""
    row = lived(orders(day(0), day(1)), day(12)).row

    assert wake_at(row, SHORT_WINDOW) == row.as_of
    assert wake_at(row, BOOK) != row.as_of


def test_settling_under_another_policy_is_a_transition_because_of_the_policy() -> None:
    """Two orders on days 0 and 1: on day 12 none is in a window of 10 days, so F is 1."""
    life = under(lived(orders(day(0), day(1)), day(12)))
    step = life.wait_until(from_datetime(day(12)))

    [transition, stage] = step.transitions
    assert (transition.from_value, transition.to_value) == ("potential_loyalist", "new")
    assert (transition.cause, transition.cause_message_id) == (Cause.POLICY, None)
    assert (transition.effective_at, transition.sequence) == (day(12), 5)
    assert (stage.dimension, stage.to_value, stage.sequence) == ("stage", "first_time_buyer", 6)
    assert transition.policy_version == SHORT_WINDOW.version != BOOK.version
    assert transition.facts.after.orders_in_window == 0
    assert life.row.policy_version == SHORT_WINDOW.version
    assert wake_at(life.row, SHORT_WINDOW) == from_datetime(day(21))


def test_a_row_is_settled_before_the_next_event_is_absorbed() -> None:
    """First the policy moves the customer, where they stand, and then the event does."""
    life = under(lived(orders(day(0), day(1)), day(12)))
    step = life.process(event_from(order(day(13), "o3")))

    assert {each.cause for each in step.transitions} == {Cause.POLICY}
    assert {each.effective_at for each in step.transitions} == {day(12)}
    assert life.row.scores.orders_in_window == 1


def test_a_policy_that_moves_nobody_makes_no_transition() -> None:
    """The row is settled all the same, and takes the new version."""
    life = under(lived(orders(day(0)), day(2)))
    step = life.wait_until(from_datetime(day(2)))

    assert step.transitions == ()
    assert life.row.policy_version == SHORT_WINDOW.version


def test_a_row_is_settled_once() -> None:
    """Afterwards it is a row of the new policy like any other."""
    life = under(lived(orders(day(0), day(1)), day(12)))
    life.wait_until(from_datetime(day(12)))

    assert life.wait_until(from_datetime(day(12))).transitions == ()


def test_history_survives_a_change_of_policy_and_back() -> None:
    """Nothing is lost: the old policy finds what it had left."""
    messages = [*orders(day(0), day(1)), complaint(day(2))]
    before = lived(messages, day(12))
    there = under(before)
    there.wait_until(from_datetime(day(12)))
    back = Life(BOOK, there.state)
    back.wait_until(from_datetime(day(12)))

    assert back.row.history == before.row.history
    assert back.row.scores == before.row.scores
    assert back.row.segment == before.row.segment
    assert back.row.memory == before.row.memory


def generous(**fields: Any) -> Rulebook:
    """Two orders make a champion."""
    scores = BOOK.policy.scores.model_dump()
    scores["frequency"] = {"steps": [{"at_least": 2, "score": 5}], "otherwise": 1}
    return changed(scores=scores, **fields)


def test_a_changed_policy_sends_nothing_by_itself() -> None:
    """Champions by a policy that asks for less: it is counted as held, and the next one counts."""
    life = Life(generous(), lived(orders(day(0), day(1)), day(2), SEGMENTS).state)
    life.wait_until(from_datetime(day(2)))

    assert life.path() == [("champions", day(2))]
    assert life.fired() == []
    [held] = life.row.memory.held
    assert (held.rule, held.at, held.reason) == ("special_offer", from_datetime(day(2)), POLICY)
    assert life.row.memory.held_count == 1
    assert life.row.memory.last_fired("special_offer") is None
    life.wait_until(from_datetime(day(40)))
    life.process(event_from(order(day(40), "o3")))
    assert life.fired("special_offer") == [("special_offer", day(40))]


def test_a_policy_may_say_that_what_it_sets_off_is_sent() -> None:
    book = generous(adoption="fire")
    life = Life(book, lived(orders(day(0), day(1)), day(2), SEGMENTS).state)
    life.wait_until(from_datetime(day(2)))

    assert life.path() == [("champions", day(2))]
    assert life.fired() == [("special_offer", day(2))]


def test_what_waits_is_not_let_through_by_a_changed_policy() -> None:
    """Two promotions within a week, and a cap of one: without the cap the second would go out."""
    both = [after("one", 1), after("two", 2)]
    capped = changed(rules=both, frequency_caps=[{"at_most": 1, "within": "7 days"}])
    free = changed(rules=both, frequency_caps=())
    before = lived(orders(day(0)), day(3), capped)
    assert [each.rule for each in before.row.memory.holds] == ["two"]
    life = Life(free, before.state)
    life.wait_until(from_datetime(day(3)))
    life.process(event_from(visit(day(4))))
    life.wait_until(from_datetime(day(20)))

    assert life.fired() == []
    assert life.row.memory.holds == ()
    assert [(each.rule, each.reason) for each in life.row.memory.held] == [
        ("two", CAP),
        ("two", POLICY),
    ]


def test_what_waits_for_the_same_cap_still_waits_under_another_policy() -> None:
    both = [after("one", 1), after("two", 2)]
    caps = [{"at_most": 1, "within": "7 days"}]
    before = lived(orders(day(0)), day(3), changed(rules=both, frequency_caps=caps))
    life = Life(changed(rules=both, frequency_caps=caps, rest_after=3), before.state)
    life.wait_until(from_datetime(day(3)))
    life.wait_until(from_datetime(day(20)))

    assert life.fired() == [("two", day(8))]


def test_a_rule_that_is_new_in_the_policy_fires_for_who_is_due_from_now_on() -> None:
    """Delays that ended before the policy came are not made up for."""
    late_rule = with_rules([rule("hello", {"after_first_order": "40 days"})])
    waiting = Life(late_rule, lived(orders(day(0)), day(35)).state)
    waiting.wait_until(from_datetime(day(50)))
    missed = Life(late_rule, lived(orders(day(0)), day(45)).state)
    missed.wait_until(from_datetime(day(50)))

    assert waiting.fired("hello") == missed.fired("hello") == []
    at_once = Life(late_rule, lived(orders(day(0)), day(35)).state)
    at_once.wait_until(from_datetime(day(35)))
    at_once.wait_until(from_datetime(day(50)))
    assert at_once.fired("hello") == [("hello", day(40))]


def test_rules_are_data() -> None:
    """Other conditions, cooldowns and reasons: nothing is built in."""
    book = with_rules(
        [
            rule(
                "thanks",
                {"entering": ["new", "potential_loyalist"]},
                provided={"revenue_in_window": {"at_least": "20.00", "at_most": "29.99"}},
                reason="{orders_total} orders, R {recency_score} F {frequency_score} M "
                "{monetary_score}, from {from_segment} to {segment}.",
                cooldown="1 hour",
            ),
            rule("touch", {"review_at_most": 4}, promotional=False, reason="Rated {rating}."),
            rule("sorry", {"complaint": "filed"}, promotional=False),
        ]
    )
    messages = [*orders(day(0), day(1), total=10.0), order(day(2), "o3", 9.99)]
    assert lived(messages[:1], book=book).fired() == []
    life = lived(messages, book=book)
    assert life.fired() == [("thanks", day(1))]
    assert life.triggers[0].reason == "2 orders, R 5 F 2 M 1, from new to potential_loyalist."
    rated = {**visit(day(3)), "event": "Product Reviewed", "properties": {"rating": 3.5}}
    life = lived([rated, complaint(day(4))], book=book)
    assert life.fired() == [("touch", day(3)), ("sorry", day(4))]
    assert life.triggers[0].reason == "Rated 3.5."


@pytest.mark.parametrize(
    ("provided", "count", "fires"),
    [
        ({"orders_in_window": {"at_least": 2}}, 1, False),
        ({"orders_in_window": {"at_least": 2}}, 2, True),
        ({"orders_total": {"at_least": 3}}, 2, False),
        ({"orders_total": {"at_most": 2}}, 2, True),
        ({"recency_score": {"at_least": 5}}, 1, True),
        ({"recency_score": {"at_most": 4}}, 1, False),
        ({"frequency_score": {"at_least": 2, "at_most": 2}}, 2, True),
        ({"frequency_score": {"at_least": 2, "at_most": 2}}, 4, False),
    ],
)
def test_a_case_fires_only_if_all_it_is_provided_with_holds(
    provided: dict[str, dict[str, int]], count: int, *, fires: bool
) -> None:
    """Conditions on any figure, at least and at most, both including their bound."""
    book = with_rules([rule("hello", {"after_first_order": "1 day"}, provided=provided)])
    messages = orders(*(day(n / 100) for n in range(count)))

    assert bool(lived(messages, day(2), book).fired("hello")) is fires


def test_another_currency_has_its_own_minor_units() -> None:
    """Yen have none: a step of M at 100 is at 100 yen."""
    yen = changed(currency="JPY")
    life = lived([order(day(0), "a", 99.0)], book=yen)
    more = lived([order(day(0), "a", 100.0)], book=yen)

    assert (life.row.scores.revenue_in_window, life.row.scores.monetary) == (99, 1)
    assert (more.row.scores.revenue_in_window, more.row.scores.monetary) == (100, 2)
    assert life.transitions[0].facts.after.currency == "JPY"


def test_a_shorter_recovery_ends_earlier() -> None:
    """How long promotion is held back, and from which rating on, is the policy's to say."""
    book = only(*SEGMENT_RULES, service_recovery={"review_at_most": 3, "open_for": "5 days"})
    held = lived([*orders(day(0)), complaint(day(16) + timedelta(hours=1))], day(22), book)
    free = lived([*orders(day(0)), complaint(day(16))], day(22), book)

    assert [each.rule for each in held.row.memory.held] == ["second_purchase"]
    assert free.fired("second_purchase") == [("second_purchase", day(21))]
