"""Caps, waiting, resting, the fit and priorities, attempts: what may go out when."""

from tests.oracle.one_customer import (
    MICROSECOND,
    Message,
    day,
    delivered,
    fired,
    order,
    orders,
    outcome_of,
    refund,
    templates_of,
    track,
)


def follow(number: float, network: str = "x") -> Message:
    return track("Social Followed", day(number), network=network)


def test_one_promotion_in_7_days_half_open() -> None:
    """A follower's two: the second is exactly 7 days after the first, so the cap lets it through.

    The rule's own cooldown of 7 days is over at that instant, too.
    """
    found = outcome_of(follow(0), until=day(8))

    assert fired(found) == [("follower_retargeting", day(0)), ("follower_retargeting", day(7))]


def test_two_promotions_in_30_days() -> None:
    """Day 0 and 7, then the lead story of day 8 waits for day 30; a lead only on the way down."""
    messages = [
        track("Newsletter Subscribed", day(0)),
        order(day(1)),
    ]
    found = outcome_of(messages, until=day(61))

    assert fired(found) == [
        ("lead_story", day(0)),
        ("cross_sell", day(7)),
        ("feedback_request", day(15)),
        ("second_purchase", day(30)),
        ("wake_up", day(61)),
    ]


def test_what_waits_knows_since_when() -> None:
    found = outcome_of(track("Newsletter Subscribed", day(0)), order(day(1)), until=day(29))

    assert found.held == {"second_purchase": day(22)}
    assert [(t.rule, t.since, t.at) for t in found.triggers if t.since != t.at] == [
        ("cross_sell", day(4), day(7))
    ]


def test_who_is_on_the_suppression_list_waits() -> None:
    """From day 20, and again from day 40: at one time the word that suppresses counts."""
    messages = [
        order(day(0)),
        track("Customer Suppressed", day(20)),
        track("Customer Unsuppressed", day(30)),
        track("Customer Suppressed", day(40)),
        track("Customer Unsuppressed", day(40)),
    ]
    rules = ("second_purchase", "wake_up")

    assert [each for each in fired(outcome_of(*messages, until=day(70))) if each[0] in rules] == [
        ("second_purchase", day(30)),
    ]
    assert outcome_of(*messages, until=day(70)).held.keys() == {"wake_up"}


def test_of_one_instant_the_higher_priority_goes_first() -> None:
    """Held by a complaint: a small gift (normal) and what goes with the order (low)."""
    messages = [
        track("Complaint Filed", day(0)),
        *orders(day(1), day(2), day(3), day(3)),
        track("Complaint Resolved", day(5)),
    ]
    found = outcome_of(messages, until=day(12))

    assert fired(found) == [
        ("service_recovery", day(0)),
        ("regular_thanks", day(5)),
        ("cross_sell", day(12)),
    ]


def test_a_good_fit_raises_the_priority_by_one_step() -> None:
    """Weights: M 3 is 2 of 4, F 3 is 1, the newsletter 1. The highest stays the highest."""
    rich = orders(*[day(0)] * 4, total=62.5)
    letter = track("Newsletter Subscribed", day(0))
    low = outcome_of(rich[:3], letter, until=day(91))
    fits = outcome_of(rich, until=day(91))
    highest = outcome_of(rich, track("Complaint Filed", day(91)), until=day(91))

    assert {t.rule: t.priority for t in low.triggers}["wake_up"] == "normal"
    assert {t.rule: t.priority for t in fits.triggers}["win_back"] == "high"
    assert highest.triggers[-1].priority == "highest"


def test_the_fit_is_that_of_the_instant() -> None:
    """Three orders of 62.50 (M 2), and the fourth: M 3 and F 3. The gift is the fourth's."""
    found = outcome_of(orders(*[day(0)] * 4, total=62.5), until=day(7))

    assert [(t.rule, t.priority) for t in found.triggers] == [
        ("regular_thanks", "high"),
        ("cross_sell", "normal"),
    ]


def test_of_a_rule_one_occasion_waits_the_latest() -> None:
    """A gift on day 0 and one more promotion let two of win_back wait: the call is the later."""
    messages = [
        track("Complaint Filed", day(85)),
        *orders(*[day(0)] * 10),
        refund(day(92), "o10"),
        track("Complaint Resolved", day(95)),
    ]
    by_time = sorted(messages, key=lambda each: each["timestamp"])
    found = outcome_of(by_time, until=day(96))

    assert templates_of(found, "win_back") == [("win_back", day(95))]
    assert [t.since for t in found.triggers if t.rule == "win_back"] == [day(92)]
    assert found.held == {}


def test_a_rule_rests_and_what_falls_into_that_is_lost() -> None:
    """About to sleep on day 60; a refund on day 61 and again on day 89: 30 days are not over."""
    messages = [order(day(0), "a"), order(day(61), "b"), refund(day(89), "b")]
    soon = outcome_of(*messages, until=day(120))

    assert fired(soon, "wake_up") == [("wake_up", day(60))]


def test_a_rule_may_fire_again_when_its_rest_is_over() -> None:
    """Entered again exactly 30 days after it fired: the order of day 0 is 60 to 90 days old."""
    again = [order(day(0), "a"), order(day(30), "b"), refund(day(60), "b")]
    found = outcome_of(
        *again, order(day(61), "c"), refund(day(90) - MICROSECOND, "c"), until=day(90)
    )

    assert fired(found, "wake_up") == [("wake_up", day(60))]


def test_six_attempts_hold_all_promotion_until_the_customer_acts() -> None:
    """Six attempts by day 2: what is due on day 3 and 21 waits. A visit on day 23 lets it out."""
    messages = [order(day(0)), *[delivered(day(1) + n * MICROSECOND) for n in range(6)]]
    silent = outcome_of(messages, until=day(30))
    back = outcome_of(messages, track("Product Viewed", day(23)), until=day(30))

    assert fired(silent) == [("rest", day(1) + 5 * MICROSECOND)]
    assert silent.held == {"cross_sell": day(3), "second_purchase": day(21)}
    assert fired(back) == [
        ("rest", day(1) + 5 * MICROSECOND),
        ("second_purchase", day(23)),
        ("cross_sell", day(30)),
    ]


def test_what_is_done_to_a_customer_is_no_act_of_theirs() -> None:
    """None of these is an answer."""
    attempts = [delivered(day(1) + n * MICROSECOND) for n in range(3)]
    done = [
        refund(day(2), "o"),
        track("Order Cancelled", day(2), order_id="o"),
        track("Ticket Resolved", day(2)),
        track("Complaint Resolved", day(2)),
        track("Live Chat Conversation Ended", day(2)),
    ]
    answer = track("Retention Action Responded", day(2), trigger_id="t")

    assert outcome_of(order(day(0)), attempts, done, until=day(3)).totals.unanswered == 3
    assert outcome_of(order(day(0)), attempts, answer, until=day(3)).totals.unanswered == 0


def test_attempts_are_counted() -> None:
    """The nth time that a rule fired."""
    found = outcome_of(order(day(0), "a"), order(day(100), "b"), until=day(200))

    assert [t.attempt for t in found.triggers if t.rule == "feedback_request"] == [1, 2]
