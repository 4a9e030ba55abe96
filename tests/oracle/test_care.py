"""Each way a case opens and closes."""

from datetime import datetime
from typing import Any

import pytest

from tests.oracle.one_customer import (
    MICROSECOND,
    Message,
    day,
    delivered,
    fired,
    order,
    orders,
    outcome_of,
    path,
    track,
)


def opened(at: datetime, **properties: Any) -> Message:
    return track("Complaint Filed", at, **properties)


def closed(at: datetime, **properties: Any) -> Message:
    return track("Complaint Resolved", at, **properties)


def review(at: datetime) -> Message:
    return track("Product Reviewed", at, rating=1)


OPENING = [
    ("Complaint Filed", {}, True),
    ("Product Reviewed", {"rating": 2}, True),
    ("Product Reviewed", {"rating": "1.5"}, True),
    ("Product Reviewed", {"rating": 2.1}, False),
    ("Survey Answered", {"survey": "nps", "score": 6}, True),
    ("Survey Answered", {"survey": "nps", "score": 7}, False),
    ("Survey Answered", {"survey": "csat", "score": 2}, True),
    ("Survey Answered", {"survey": "csat", "score": 3}, False),
    ("Social Mentioned", {"network": "x", "sentiment": -0.5}, True),
    ("Social Mentioned", {"network": "x", "sentiment": -0.49}, False),
    ("Social Mentioned", {"network": "x"}, False),
    ("Social Message Received", {"network": "x", "sentiment": -1}, False),
    ("Ticket Opened", {}, False),
]


@pytest.mark.parametrize(("event", "properties", "opens"), OPENING)
def test_what_opens_a_case(event: str, properties: dict[str, Any], *, opens: bool) -> None:
    found = outcome_of(track(event, day(0), **properties), until=day(1))

    assert path(found, "care") == ([("complaint_open", day(0))] if opens else [])
    assert fired(found, "service_recovery") == ([("service_recovery", day(0))] if opens else [])


def test_a_case_closes_by_itself_after_30_days_and_14_later_all_is_calm() -> None:
    assert path(outcome_of(opened(day(0)), until=day(44)), "care") == [
        ("complaint_open", day(0)),
        ("recovering", day(30)),
        ("calm", day(44)),
    ]


def test_a_resolution_closes_a_complaint() -> None:
    assert path(outcome_of(opened(day(0)), closed(day(5)), until=day(50)), "care")[1:] == [
        ("recovering", day(5)),
        ("calm", day(19)),
    ]


TICKETS = [({}, {}, True), ({"ticket_id": "a"}, {}, True), ({}, {"ticket_id": "a"}, True)]
TICKETS += [
    ({"ticket_id": "a"}, {"ticket_id": "a"}, True),
    ({"ticket_id": "a"}, {"ticket_id": "b"}, False),
]


@pytest.mark.parametrize(("one", "other", "closes"), TICKETS)
def test_tickets_must_agree_if_both_are_named(
    one: dict[str, str], other: dict[str, str], *, closes: bool
) -> None:
    found = outcome_of(opened(day(0), **one), closed(day(5), **other), until=day(20))

    assert path(found, "care")[1:] == (
        [("recovering", day(5)), ("calm", day(19))] if closes else []
    )


def test_while_any_case_is_open_the_care_is() -> None:
    """Ticket b stays until day 40. The customer recovers from the latest end."""
    messages = [opened(day(0), ticket_id="a"), opened(day(10), ticket_id="b")]
    found = outcome_of(*messages, closed(day(11), ticket_id="a"), until=day(60))

    assert path(found, "care") == [
        ("complaint_open", day(0)),
        ("recovering", day(40)),
        ("calm", day(54)),
    ]


def test_a_complaint_while_recovering_opens_again() -> None:
    """The first in person within 90 days is that of day 0; an hour has passed since."""
    found = outcome_of(
        opened(day(0)), closed(day(1)), opened(day(2)), closed(day(3)), until=day(20)
    )

    assert path(found, "care") == [
        ("complaint_open", day(0)),
        ("recovering", day(1)),
        ("complaint_open", day(2)),
        ("recovering", day(3)),
        ("calm", day(17)),
    ]


def test_a_resolution_is_no_answer_to_a_review() -> None:
    found = outcome_of(review(day(0)), closed(day(5)), until=day(31))

    assert path(found, "care")[1:] == [("recovering", day(30))]


def test_acting_on_the_trigger_closes_what_is_no_complaint() -> None:
    found = outcome_of(review(day(0)), delivered(day(2), "service_recovery"), until=day(20))

    assert path(found, "care")[1:] == [("recovering", day(2)), ("calm", day(16))]


def test_acting_on_the_trigger_is_no_resolution_of_a_complaint() -> None:
    found = outcome_of(opened(day(0)), delivered(day(2), "service_recovery"), until=day(31))

    assert path(found, "care")[1:] == [("recovering", day(30))]


def test_acting_on_any_other_trigger_closes_nothing() -> None:
    """Neither one of another rule nor one that has not fired."""
    messages = [
        order(day(0)),
        review(day(4)),
        delivered(day(5), "cross_sell"),
        delivered(day(6), "service_recovery", 2),
        delivered(day(7), "elsewhere"),
    ]
    found = outcome_of(messages, until=day(34))

    assert path(found, "care")[1:] == [("recovering", day(34))]


def test_acting_counts_for_the_cases_that_were_there() -> None:
    """The second review's case opens after the delivery, and nothing else fired for it."""
    messages = [
        review(day(0)),
        review(day(1)),
        delivered(day(2), "service_recovery"),
        review(day(2) + MICROSECOND),
    ]
    found = outcome_of(messages, until=day(33))

    assert path(found, "care") == [
        ("complaint_open", day(0)),
        ("recovering", day(2)),
        ("complaint_open", day(2) + MICROSECOND),
        ("recovering", day(32) + MICROSECOND),
    ]
    assert [t.template for t in found.triggers] == [
        "service_recovery",
        "service_recovery_in_charge",
    ]


def test_a_resolution_at_the_same_instant_closes_whichever_came_first() -> None:
    """Processed after: it was open for no time. Before: it was never open, but there was one."""
    after = outcome_of(opened(day(0)), closed(day(0)), until=day(1))
    before = outcome_of(closed(day(0)), opened(day(0)), until=day(1))

    assert path(after, "care") == [("complaint_open", day(0)), ("recovering", day(0))]
    assert path(before, "care") == [("recovering", day(0))]
    assert fired(before) == []


def test_a_resolution_without_a_case_changes_nothing() -> None:
    assert outcome_of(closed(day(0)), until=day(20)).transitions == ()


def test_promotion_waits_for_the_end_of_the_case() -> None:
    """Due on day 3 and day 21: open until day 25. Both are decided then, one may go out.

    The other one waits for the cap of 7 days. The complaint's own trigger is no promotion.
    """
    messages = [order(day(0)), opened(day(1)), closed(day(25))]
    found = outcome_of(messages, until=day(40))

    assert fired(found) == [
        ("service_recovery", day(1)),
        ("second_purchase", day(25)),
        ("cross_sell", day(32)),
    ]


def test_what_is_not_true_any_more_is_dropped() -> None:
    """A second order on day 24: nobody needs to be asked for one."""
    messages = [order(day(0), "a"), opened(day(1)), order(day(24), "b"), closed(day(25))]
    found = outcome_of(messages, until=day(31))

    assert fired(found) == [("service_recovery", day(1)), ("cross_sell", day(25))]


def test_who_has_left_the_segment_gets_nothing_that_fits_it() -> None:
    """At risk on day 90, held by a complaint; champions on day 95, and back to calm."""
    messages = [*orders(*[day(0)] * 4), opened(day(89)), *orders(day(95), day(95), name="n")]
    found = outcome_of(messages, closed(day(96)), until=day(97))

    assert fired(found, "win_back", "special_offer") == [("special_offer", day(96))]
