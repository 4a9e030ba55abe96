"""What comes late takes effect at the customer's present, as of when it was."""

from datetime import datetime

import pytest

from tests.oracle import ReceivedMessage
from tests.oracle.one_customer import (
    MICROSECOND,
    Message,
    day,
    delivered,
    fired,
    identify,
    order,
    outcome_of,
    path,
    refund,
    templates_of,
    track,
)


def test_a_late_order_is_as_old_as_it_is() -> None:
    """Processed on day 100: 70 days old, R 3; no second_purchase with two orders by then."""
    found = outcome_of(
        order(day(0), "a"), ReceivedMessage(order(day(30), "b"), day(100)), until=day(121)
    )

    assert path(found)[-2:] == [("about_to_sleep", day(100)), ("hibernating", day(120))]


def test_without_a_word_the_present_is_the_latest_that_was_processed() -> None:
    found = outcome_of(track("Cart Viewed", day(50)), order(day(20), "a"), until=day(50))

    assert path(found) == [("promising", day(50))]


def test_the_present_does_not_go_back() -> None:
    messages: list[Message | ReceivedMessage] = [
        track("Cart Viewed", day(50)),
        ReceivedMessage(order(day(20)), day(30)),
    ]

    assert path(outcome_of(*messages, until=day(50))) == [("promising", day(50))]


FIRST = [
    ("the instant has passed", [order(day(0), "a")], [day(30)]),
    ("it is right now", [order(day(9), "a")], [day(30)]),
    ("yet to come: on day 31, but cross_sell came on arrival", [order(day(10), "a")], [day(37)]),
    ("known, but not passed: earlier now", [order(day(10), "a"), order(day(5), "a")], [day(37)]),
    ("known before, and passed: once", [order(day(0), "a"), order(day(0), "a", 5.0)], [day(30)]),
    ("known before, passed, taken back", [order(day(0), "a"), refund(day(1), "a")], [day(30)]),
]


@pytest.mark.parametrize(
    ("messages", "expected"), [pytest.param(messages, out, id=why) for why, messages, out in FIRST]
)
def test_a_first_order_that_arrives_late(messages: list[Message], expected: list[datetime]) -> None:
    """Processed on day 30: second_purchase is due 21 days after the order."""
    found = outcome_of(track("Ticket Opened", day(30)), messages, until=day(40))

    assert [at for _, at in fired(found, "second_purchase")] == expected


def test_an_earlier_first_order_is_decided_on_arrival_but_is_not_alone() -> None:
    """cross_sell asks for no more than the first order: it fired on day 3, and rests until 33."""
    soon = outcome_of(
        order(day(0), "a"), ReceivedMessage(order(day(-1), "b"), day(20)), until=day(32)
    )
    later = outcome_of(
        order(day(0), "a"), ReceivedMessage(order(day(-1), "b"), day(40)), until=day(41)
    )

    assert fired(soon, "cross_sell") == [("cross_sell", day(3))]
    assert fired(later, "cross_sell") == [("cross_sell", day(3)), ("cross_sell", day(40))]


def test_another_order_of_the_same_time_is_not_the_first_anew() -> None:
    found = outcome_of(
        order(day(0), "b"), ReceivedMessage(order(day(0), "a"), day(40)), until=day(41)
    )

    assert fired(found, "cross_sell") == [("cross_sell", day(3))]


def test_a_last_order_that_arrives_late_is_decided_on_arrival() -> None:
    """14 days after day 20 have passed on day 40; an order before the last asks nothing."""
    last = outcome_of(
        track("Cart Viewed", day(0)), ReceivedMessage(order(day(20)), day(40)), until=day(41)
    )
    between = outcome_of(
        order(day(0), "a"),
        order(day(20), "b"),
        ReceivedMessage(order(day(10), "c"), day(130)),
        until=day(131),
    )

    assert fired(last, "feedback_request") == [("feedback_request", day(40))]
    assert fired(between, "feedback_request") == [
        ("feedback_request", day(14)),
    ]


def test_research_and_gaps_are_not_decided_on_arrival() -> None:
    store = order(day(0), "a", channel="store")
    late = ReceivedMessage(track("Product Viewed", day(50)), day(53))
    in_time = ReceivedMessage(track("Product Viewed", day(50)), day(53) - MICROSECOND)

    assert templates_of(outcome_of(store, late, until=day(60)), "store_invitation") == []
    assert templates_of(outcome_of(store, in_time, until=day(60)), "store_invitation") == [
        ("store_invitation", day(53))
    ]


def test_a_late_resolution_ends_the_case_when_it_was() -> None:
    """Resolved on day 2, processed on day 10: recovering until day 16."""
    messages: list[Message | ReceivedMessage] = [
        track("Complaint Filed", day(0)),
        ReceivedMessage(track("Complaint Resolved", day(2)), day(10)),
    ]

    assert path(outcome_of(*messages, until=day(20)), "care") == [
        ("complaint_open", day(0)),
        ("recovering", day(10)),
        ("calm", day(16)),
    ]


def test_a_complaint_that_is_over_when_it_is_processed_leaves_its_recovery() -> None:
    """Open from day 0 to 30, processed on day 35."""
    late = ReceivedMessage(track("Complaint Filed", day(0)), day(35))
    found = outcome_of(track("Cart Viewed", day(-1)), late, until=day(50))

    assert path(found, "care") == [("recovering", day(35)), ("calm", day(44))]
    assert fired(found) == []


def test_a_late_act_answers_the_attempts_before_it() -> None:
    messages = [delivered(day(1)), delivered(day(2)), delivered(day(3))]
    act = track("Social Message Received", day(2), network="x")

    assert outcome_of(messages, act, until=day(4)).totals.unanswered == 1


def test_the_latest_word_on_newsletter_and_traits_is_the_one_of_the_latest_time() -> None:
    """At one time the unsubscription, and the larger by its JSON text."""
    messages = [
        track("Newsletter Unsubscribed", day(2)),
        track("Newsletter Subscribed", day(2)),
        track("Newsletter Subscribed", day(1)),
        identify(day(2), persona="b", n=9),
        identify(day(2), persona="a", n=10),
        identify(day(1), persona="c", city="Bonn"),
    ]
    found = outcome_of(messages, until=day(3))

    assert found.dimensions["stage"] == "prospect"
    assert found.traits == {"persona": "b", "n": 9, "city": "Bonn"}


def test_of_traits_only_what_is_plain_and_short_is_kept() -> None:
    messages = identify(
        day(0), a=[1], b={"c": 1}, d=None, e=1.5, f=False, g="x" * 256, h="x" * 257, **{"n" * 65: 1}
    )
    more = identify(day(1), e=2, d=None, **{f"t{n:02}": n for n in range(60)})

    assert outcome_of(messages, until=day(1)).traits == {"e": 1.5, "f": False, "g": "x" * 256}
    found = outcome_of(messages, more, until=day(1)).traits
    assert found == {f"t{n:02}": n for n in range(10, 60)}


def test_silence_begins_with_the_earliest_event_and_is_not_decided_on_arrival() -> None:
    messages: list[Message | ReceivedMessage] = [
        identify(day(0)),
        ReceivedMessage(identify(day(-10)), day(1)),
    ]

    assert fired(outcome_of(*messages, until=day(800))) == [("tidy_up", day(720))]


def test_a_quiet_import_silences_the_clock_of_a_replay_for_ever() -> None:
    """It does until the machine's time, and all ticks lie before that. What is live is sent."""
    quiet = ReceivedMessage(order(day(0), "a"), quiet=True)
    live = ReceivedMessage(order(day(100), "b"), day(100))
    found = outcome_of(quiet, live, until=day(200))

    assert fired(found, "cross_sell") == [("cross_sell", day(3))]
    assert [each.rule for each in found.triggers if each.at > day(100)] != []
    assert not any(each.sent for each in found.triggers if each.at != day(100))
    assert any(each.sent for each in outcome_of(live, until=day(200)).triggers)
