"""What the default policy does not use, and what waits under other caps: one rule at a time."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.oracle import DEFAULT, Outcome, Policy, run_policy
from tests.oracle.one_customer import (
    MICROSECOND,
    Message,
    day,
    fired,
    identify,
    order,
    orders,
    refund,
    track,
)

ACTION = {"kind": "content", "priority": "low", "template": "t"}


def rule(name: str, when: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A promotional rule with one case and hardly any cooldown."""
    case = {"when": when, "provided": more.pop("provided", {}), "action": ACTION}
    return {"name": name, "promotional": True, "cooldown": "1 hour", "cases": [case], **more}


def outcome_of(
    rules: list[dict[str, Any]], messages: list[Message], until: datetime, **more: Any
) -> Outcome:
    """A history under the default policy with these rules, and without caps."""
    policy = Policy({**DEFAULT.document, "frequency_caps": [], "rules": rules, **more})
    return run_policy(messages, until=until, policy=policy).customers["c"]


REVIEWS = [track("Product Reviewed", day(n), rating=n + 1) for n in range(5)]

SINGLE: list[tuple[dict[str, Any], dict[str, Any], list[Message], list[float]]] = [
    ({"review_at_most": 3}, {}, [REVIEWS[2], REVIEWS[3]], [2]),
    ({"review_at_least": 3}, {}, [REVIEWS[2], REVIEWS[3]], [2, 3]),
    ({"entering_tier": ["B", "A"]}, {}, [order(day(0), "a", 99.0), order(day(1), "b", 1.0)], [1]),
    ({"entering_care": ["calm"]}, {}, [REVIEWS[0]], [44]),
    ({"complaint": "filed"}, {"care": ["recovering"]}, [track("Complaint Filed", day(0))], []),
    ({"silent_for": "10 days"}, {}, [track("Cart Viewed", day(0))], [10]),
    ({"after_usual_gaps": 0.5}, {}, orders(day(0), day(3), day(7)), [4.5, 8.75]),
    # With the first order in the window the gap is 182 days, with the second alone there is none.
    ({"after_usual_gaps": 1}, {}, orders(day(0), day(182)), [364]),
    ({"after_usual_gaps": 1}, {}, orders(day(0), day(182.5)), []),
    # A gap of 10 days, then one of 15.
    ({"after_usual_gaps": 1}, {}, orders(day(0), day(10), day(30)), [20, 45]),
    # The gap is 165 days until the first order leaves on day 365; then it is 30 and has passed.
    ({"after_usual_gaps": 1}, {}, orders(day(0), day(300), day(330)), []),
    # 115 days from day 345 on; 162.5 when the first has left on day 365, 305 from day 385 on.
    (
        {"after_usual_gaps": 0.15},
        {},
        orders(day(0), day(20), day(40), day(345)),
        [23, 43, 362.25, 369.375, 390.75],
    ),
    ({"after_usual_gaps": 1}, {}, orders(day(0), day(0)), []),
    ({"after_usual_gaps": 1, "no_sooner_than": "2 days"}, {}, orders(day(0), day(0)), [2]),
    (
        {"after_usual_gaps": 1, "no_sooner_than": "8 days"},
        {},
        orders(day(0), day(5), day(22)),
        [13, 33],
    ),
    (
        {"after_order": "5 days"},
        {"traits": {"persona": ["a", 1], "vip": [True]}},
        [identify(day(0), persona="a", vip=True), order(day(0))],
        [5],
    ),
    (
        {"after_order": "5 days"},
        {"traits": {"persona": [True]}},
        [identify(day(0), persona=1), order(day(0))],
        [],
    ),
    (
        {"after_order": "5 days"},
        {"revenue_in_window": {"at_least": 10.0, "at_most": 10.01}},
        [order(day(0), "a", 10.01), order(day(10), "b", 0.01)],
        [5],
    ),
    (
        {"after_order": "5 days"},
        {"newsletter": False, "following": True, "engaged": False},
        [track("Social Followed", day(0), network="x"), order(day(0))],
        [5],
    ),
]


@pytest.mark.parametrize(("when", "provided", "messages", "days"), SINGLE)
def test_one_rule_alone(
    when: dict[str, Any], provided: dict[str, Any], messages: list[Message], days: list[float]
) -> None:
    found = outcome_of([rule("r", when, provided=provided)], messages, day(800))

    assert [at for _, at in fired(found)] == [day(number) for number in days]


def test_of_two_cases_the_first_that_meets_its_conditions_counts() -> None:
    cases = [
        {"when": {"after_order": "1 day"}, "provided": {"tier": ["A"]}, "action": ACTION},
        {"when": {"after_order": "1 day"}, "action": {**ACTION, "template": "second"}},
        {"when": {"after_order": "1 day"}, "action": {**ACTION, "template": "third"}},
    ]
    found = outcome_of([{**rule("r", {}), "cases": cases}], [order(day(0))], day(2))

    assert [t.template for t in found.triggers] == ["second"]


def test_a_held_occasion_does_not_change() -> None:
    """In tier C when it happened; in B when the complaint is over: no other case is tried."""
    cases = [
        {"when": {"after_first_order": "2 days"}, "provided": {"tier": ["C"]}, "action": ACTION},
        {"when": {"after_first_order": "2 days"}, "action": ACTION},
    ]
    messages = [
        order(day(0), "a"),
        track("Complaint Filed", day(1)),
        order(day(3), "b", 100.0),
        track("Complaint Resolved", day(4)),
    ]
    found = outcome_of([{**rule("r", {}), "cases": cases}], messages, day(60))

    assert (fired(found), found.held) == ([], {})


CAP = {"frequency_caps": [{"at_most": 1, "within": "10 days"}]}


def test_what_is_not_true_is_dropped_even_if_it_could_not_go_out_yet() -> None:
    """Both wait for the end of the complaint. Then the first goes out, and the second is looked at.

    It asks for tier C, which is not there on day 4: so it is gone on day 14, with tier C back.
    """
    high = rule("high", {"after_first_order": "2 days"})
    low = rule("low", {"after_first_order": "2 days"}, provided={"tier": ["C"]})
    messages = [
        order(day(0), "a"),
        track("Complaint Filed", day(1)),
        order(day(3), "b", 100.0),
        track("Complaint Resolved", day(4)),
        refund(day(5), "b"),
    ]
    found = outcome_of([high, low], messages, day(60), **CAP)

    assert fired(found) == [("high", day(4))]


def test_the_cap_counts_to_the_microsecond() -> None:
    """Let through exactly 10 days after the one before, by the clock alone."""
    both = [rule(name, {"complaint": "filed"}, promotional=False) for name in ("a", "b")]
    both += [rule(name, {"after_first_order": "2 days"}) for name in ("c", "d", "e")]
    soon = outcome_of(both, [order(day(0))], day(22) - MICROSECOND, **CAP)
    later = outcome_of(both, [order(day(0))], day(22), **CAP)

    assert fired(soon) == [("c", day(2)), ("d", day(12))]
    assert soon.held == {"e": day(2)}
    assert fired(later)[2:] == [("e", day(22))]


def test_what_does_not_meet_its_conditions_drives_out_nothing_that_waits() -> None:
    """The second order's occasion fails on its conditions; the first one's still waits."""
    cases = [
        {"when": {"order_over": ["web"], "nth": 1}, "action": ACTION},
        {
            "when": {"order_over": ["web"], "nth": 2},
            "provided": {"tier": ["A"]},
            "action": ACTION,
        },
    ]
    messages = [
        track("Complaint Filed", day(0)),
        order(day(1), "a"),
        order(day(2), "b"),
        track("Complaint Resolved", day(3)),
    ]
    found = outcome_of([{**rule("r", {}), "cases": cases}], messages, day(3))

    assert [(t.at, t.since) for t in found.triggers] == [(day(3), day(1))]


def test_quiet_hours_within_one_day() -> None:
    """From 12:00 to 14:00 in Berlin: noon in UTC is 13:00."""
    hours = {"quiet_hours": {"from": "12:00", "to": "14:00"}}
    complain = rule("r", {"complaint": "filed"}, promotional=False)
    messages = [track("Complaint Filed", at) for at in (day(0), day(0) + timedelta(hours=1))]
    found = outcome_of([complain], messages, day(1), **hours)

    assert [t.not_before for t in found.triggers] == [day(0) + timedelta(hours=1), None]
