"""The rules of the default policy: when each fires, what it asks for, and why it says so."""

from datetime import datetime, timedelta

import pytest

from schemas.trigger import ActionKind, Priority
from tests.topology.domain.life import Life, lived
from tests.topology.domain.messages import (
    DAY_0,
    MICROSECOND,
    Json,
    complaint,
    day,
    order,
    orders,
    refund,
    review,
    visit,
)
from tests.topology.domain.policies import SEGMENTS, only


def within_hours(count: int, total: float = 10.0, last: datetime = DAY_0) -> list[Json]:
    """So many orders, an hour apart, the last at `last`."""
    return orders(*(last - timedelta(hours=n) for n in reversed(range(count))), total=total)


OCCASIONS = [
    (
        within_hours(4),
        "win_back",
        day(90),
        (ActionKind.DISCOUNT_CODE, Priority.NORMAL, "email", "win_back"),
        (
            "Dropped from need_attention to at risk: 4 orders worth 40.00 EUR in the window, "
            "but none for 90 days."
        ),
    ),
    (
        within_hours(10),
        "win_back",
        day(90),
        (ActionKind.PERSONAL_CONTACT, Priority.HIGH, None, "win_back_personal"),
        (
            "One of the best customers is leaving: 10 orders worth 100.00 EUR in the window, "
            "but none for 90 days."
        ),
    ),
    (
        within_hours(2),
        "wake_up",
        day(60),
        (ActionKind.DISCOUNT_CODE, Priority.NORMAL, "email", "wake_up"),
        "About to fall asleep: 2 orders in the window, the last one 60 days ago.",
    ),
    (
        within_hours(1),
        "second_purchase",
        day(21),
        (ActionKind.DISCOUNT_CODE, Priority.NORMAL, "email", "second_purchase"),
        "The first order was 21 days ago, and no second one followed.",
    ),
    (
        within_hours(6),
        "special_offer",
        day(0),
        (ActionKind.SPECIAL_OFFER, Priority.NORMAL, "email", "special_offer"),
        "Became a champion: 6 orders worth 60.00 EUR in the window.",
    ),
    (
        within_hours(6),
        "nurture",
        day(30),
        (ActionKind.CONTENT, Priority.LOW, "email", "nurture"),
        (
            "Loyal with a small purse: 6 orders worth 60.00 EUR in the window, so keep "
            "the bond by cheap means."
        ),
    ),
    (
        [review(day(0), "2")],
        "service_recovery",
        day(0),
        (ActionKind.PERSONAL_CONTACT, Priority.HIGHEST, None, "service_recovery"),
        "Disappointed (wrote a bad review): answer in person before any promotion goes out.",
    ),
    (
        [complaint(day(0), topic="late delivery")],
        "service_recovery",
        day(0),
        (ActionKind.PERSONAL_CONTACT, Priority.HIGHEST, None, "service_recovery"),
        "Disappointed (filed a complaint): answer in person before any promotion goes out.",
    ),
]


@pytest.mark.parametrize(("messages", "rule", "at", "action", "reason"), OCCASIONS)
def test_each_rule_asks_for_its_action_and_says_why(
    messages: list[Json],
    rule: str,
    at: datetime,
    action: tuple[ActionKind, Priority, str | None, str],
    reason: str,
) -> None:
    """Once, at its instant, in one sentence with this customer's figures."""
    trigger = lived(messages, day(100), only(rule)).asked(rule)

    assert trigger.effective_at == at
    asked = trigger.action
    assert (asked.kind, asked.priority, asked.channel, asked.template) == action
    assert trigger.reason == reason
    days = 7 if rule == "service_recovery" else 14
    assert trigger.expires_at == at + timedelta(days=days)
    assert (trigger.customer_id, trigger.attempt, trigger.holdout) == ("c", 1, False)


def test_nothing_is_asked_for_a_microsecond_before_its_instant() -> None:
    """The clock's rules, a microsecond early."""
    for messages, rule, at, *_ in OCCASIONS:
        if at > day(0):
            assert rule not in [
                name for name, _ in lived(messages, at - MICROSECOND, only(rule)).fired()
            ]


def test_second_purchase_waits_for_the_end_of_its_21_days() -> None:
    """A second order a moment before it silences it; at the very instant it is too late."""
    early = lived(orders(day(0), day(21) - MICROSECOND), day(60))
    late = lived(orders(day(0), day(21)), day(60))

    assert early.fired("second_purchase") == []
    assert late.fired("second_purchase") == [("second_purchase", day(21))]


def test_an_order_that_comes_again_does_not_set_off_second_purchase_again() -> None:
    """Its delay ended long ago, and so did the rule's rest, when it comes under another id."""
    again = order(day(0), "o1") | {"messageId": "another"}
    life = lived([*orders(day(0)), visit(day(70)), again], day(80))

    assert life.fired("second_purchase") == [("second_purchase", day(21))]


def test_an_order_that_turns_out_to_be_older_sets_off_second_purchase_at_once() -> None:
    """It was known as one of day 10: its 21 days would have ended on day 31."""
    older = order(day(0), "o1") | {"messageId": "another"}
    life = lived([*orders(day(10)), visit(day(25)), older], day(60))

    assert life.fired("second_purchase") == [("second_purchase", day(25))]


def test_second_purchase_names_the_first_order() -> None:
    """No transition is behind it, but an event long ago."""
    trigger = lived(orders(day(0)), day(21)).asked("second_purchase")

    assert trigger.event is not None
    assert (trigger.event.event, trigger.event.order_id) == ("Order Completed", "o1")
    assert trigger.event.at == day(0)


@pytest.mark.parametrize(("total", "expected"), [(41.66, 1), (41.67, 0), (16.66, 1), (1.0, 1)])
def test_nurture_is_for_loyal_customers_with_m_of_2_or_less(total: float, expected: int) -> None:
    """Six orders of 41.66 make 249.96, of 41.67 they make 250.02, which is M 3."""
    assert len(lived(within_hours(6, total), day(30), SEGMENTS).fired("nurture")) == expected


def test_who_comes_into_at_risk_and_then_into_cant_lose_is_won_back_once_a_month() -> None:
    """Both are cases of one rule, with one cooldown: a transition within it fires nothing."""
    nine = [order(day(n), f"o{n}") for n in range(9)]
    late = order(day(0), "late")
    before = lived([*nine, visit(day(100)), late], book=SEGMENTS)
    after = lived([*nine, visit(day(8 + 90 + 30)), late], book=SEGMENTS)

    assert before.path()[-2:] == [("at_risk", day(98)), ("cant_lose", day(100))]
    assert before.fired("win_back") == [("win_back", day(98))]
    assert after.fired("win_back") == [("win_back", day(98)), ("win_back", day(128))]
    assert [each.attempt for each in after.triggers if each.rule == "win_back"] == [1, 2]


def champion_again_on(instant: datetime) -> Life:
    """Six orders on day 0; one is taken back on day 1, and another one comes at the instant."""
    messages = [*within_hours(6), refund(day(1), "o1"), order(instant, "o7")]
    return lived(messages, instant, SEGMENTS)


def test_a_rule_rests_for_exactly_its_cooldown() -> None:
    """Champions on day 0, no more on day 1, and again 30 days after the first offer."""
    just_before = champion_again_on(day(30) - MICROSECOND)
    on_time = champion_again_on(day(30))

    assert just_before.row.segment == on_time.row.segment == "champions"
    assert just_before.fired("special_offer") == [("special_offer", day(0))]
    assert on_time.fired("special_offer") == [("special_offer", day(0)), ("special_offer", day(30))]


@pytest.mark.parametrize(
    ("rating", "asks"), [(1, True), ("2", True), (2.0, True), (2.01, False), (3, False), (5, False)]
)
def test_service_recovery_is_for_reviews_of_2_or_less(rating: object, asks: bool) -> None:  # noqa: FBT001 - a column of the table
    """As a number or as text."""
    assert lived([review(day(0), rating)]).fired() == (
        [("service_recovery", day(0))] if asks else []
    )


def test_service_recovery_names_the_event_behind_it() -> None:
    """By the transition that it brought, and its message id."""
    trigger = lived([visit(day(5)), complaint(day(2))]).asked("service_recovery")

    transition = trigger.transition
    assert transition is not None
    assert (transition.dimension, transition.to_value) == ("care", "complaint_open")
    assert transition.cause_message_id == complaint(day(2))["messageId"]
    assert trigger.effective_at == transition.effective_at == day(5)


def test_triggers_of_one_instant_come_in_the_policy_s_order() -> None:
    """The first order comes 70 days late: about to sleep already, and no second one in sight."""
    life = lived([visit(day(70)), order(day(0), "a")], book=SEGMENTS)

    assert life.fired() == [("wake_up", day(70)), ("second_purchase", day(70))]
