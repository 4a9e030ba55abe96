"""Every rung of stages and tiers, up and down, and the order of transitions."""

from tests.oracle.one_customer import (
    MICROSECOND,
    day,
    delivered,
    identify,
    order,
    orders,
    outcome_of,
    path,
    refund,
    track,
)


def test_up_the_stages_one_by_one() -> None:
    """Lead, follower, and an order each for the rest; 100.00 each make 600.00 with the sixth."""
    messages = [
        track("Newsletter Subscribed", day(0)),
        track("Social Followed", day(1), network="x"),
        *orders(*[day(n) for n in range(2, 8)], total=100.0),
    ]
    assert path(outcome_of(messages, until=day(8)), "stage") == [
        ("lead", day(0)),
        ("follower", day(1)),
        ("first_time_buyer", day(2)),
        ("occasional", day(3)),
        ("regular", day(5)),
        ("vip", day(7)),
    ]


def test_down_the_stages_one_by_one() -> None:
    """The orders leave the window in the order in which they came; the last is refunded.

    Then it is engagement on the network that counts, which can't be taken back.
    """
    messages = [
        track("Social Message Received", day(0), network="whatsapp"),
        *orders(*[day(n) for n in range(1, 7)], total=100.0),
        refund(day(400), "o1"),
        *[refund(day(401), f"o{n}") for n in range(2, 7)],
    ]
    assert path(outcome_of(messages, until=day(402)), "stage")[4:] == [
        ("vip", day(6)),
        ("regular", day(366)),
        ("occasional", day(368)),
        ("first_time_buyer", day(370)),
        ("follower", day(401)),
    ]


def test_who_unfollows_and_unsubscribes_is_a_prospect_again() -> None:
    """Of two networks both must be left."""
    messages = [
        track("Newsletter Subscribed", day(0)),
        track("Social Followed", day(1), network="x"),
        track("Social Followed", day(2), network="xing"),
        track("Social Unfollowed", day(3), network="x"),
        track("Social Unfollowed", day(4), network="xing"),
        track("Newsletter Unsubscribed", day(5)),
    ]
    assert path(outcome_of(messages, until=day(6)), "stage") == [
        ("lead", day(0)),
        ("follower", day(1)),
        ("lead", day(4)),
        ("prospect", day(5)),
    ]


def test_consent_is_taken_back_by_any_word() -> None:
    """An object takes back what it names."""
    messages = [
        identify(day(0), consent="Granted"),
        identify(day(1), consent="no"),
        identify(day(2), consent=True),
        identify(day(3), consent={"ads": "DENIED"}),
        identify(day(4), consent={"ads": "DENIED", "mail": True}),
        identify(day(5), consent=None),
        identify(day(6), consent=False),
    ]
    assert path(outcome_of(messages, until=day(7)), "stage") == [
        ("lead", day(0)),
        ("prospect", day(1)),
        ("lead", day(2)),
        ("prospect", day(6)),
    ]


def test_the_tiers_up_and_down() -> None:
    """100.00 make B, 500.00 make A; the amounts leave with their orders, parts at once."""
    messages = [
        order(day(0), "a", 99.99),
        order(day(1), "b", 0.01),
        order(day(2), "c", 400.0),
        refund(day(3), "c", 0.01),
        order(day(4), "d", 0.01),
    ]
    assert path(outcome_of(messages, until=day(400)), "tier") == [
        ("B", day(1)),
        ("A", day(2)),
        ("B", day(3)),
        ("A", day(4)),
        ("B", day(365)),
        ("C", day(367)),
    ]


def test_the_transitions_of_one_settlement_are_counted_in_order() -> None:
    """An order of 500.00, its bad review, and its refund."""
    messages = [
        order(day(0), "a", 500.0),
        track("Product Reviewed", day(1), rating="1"),
        refund(day(2), "a"),
    ]
    found = outcome_of(messages, until=day(3))

    assert [(t.sequence, t.dimension, t.before, t.after, t.cause) for t in found.transitions] == [
        (1, "segment", "none", "new", "event"),
        (2, "stage", "prospect", "first_time_buyer", "event"),
        (3, "tier", "C", "A", "event"),
        (4, "care", "calm", "complaint_open", "event"),
        (5, "segment", "new", "none", "refund"),
        (6, "stage", "first_time_buyer", "prospect", "refund"),
        (7, "tier", "A", "C", "refund"),
    ]
    assert [t.message_id for t in found.transitions] == [
        *[messages[0]["messageId"]] * 3,
        messages[1]["messageId"],
        *[messages[2]["messageId"]] * 3,
    ]


def test_a_cancelled_order_never_was() -> None:
    messages = [order(day(0)), track("Order Cancelled", day(1), order_id="o")]
    found = outcome_of(messages, until=day(50))

    assert [t.cause for t in found.transitions] == ["event", "event", "refund", "refund"]
    assert path(found, "stage")[-1] == ("prospect", day(1))


def test_of_two_messages_about_one_order_the_earlier_counts() -> None:
    """At one time the smaller total: 99.99 are no B. Both are one order, 60 days after day 0."""
    messages = [
        order(day(1), "a", 500.0),
        order(day(2), "a", 600.0),
        order(day(1), "a", 99.99),
        order(day(0), "a", 100.0),
    ]
    found = outcome_of(messages, until=day(60))

    assert path(found, "tier") == [("A", day(1)), ("C", day(2)), ("B", day(2))]
    assert path(found)[-1] == ("about_to_sleep", day(60))


def test_a_retry_counts_once() -> None:
    """The same message id, and the same without one: that is a message of its own."""
    delivery = delivered(day(0))
    nameless = {name: value for name, value in delivery.items() if name != "messageId"}

    assert outcome_of(delivery, delivery, until=day(1)).totals.unanswered == 1
    assert outcome_of(delivery, nameless, nameless, until=day(1)).totals.unanswered == 3
    assert outcome_of(delivery, delivery, until=day(1)).events == 1


def test_twelve_attempts_are_all_that_count() -> None:
    messages = [delivered(day(0) + n * MICROSECOND) for n in range(20)]

    assert outcome_of(messages, until=day(1)).totals.unanswered == 12
    assert outcome_of(
        messages, track("Cart Viewed", day(0) + 4 * MICROSECOND), until=day(1)
    ).totals == (outcome_of(messages, until=day(1)).totals)
    assert (
        outcome_of(
            messages, track("Cart Viewed", day(0) + 17 * MICROSECOND), until=day(1)
        ).totals.unanswered
        == 2
    )
