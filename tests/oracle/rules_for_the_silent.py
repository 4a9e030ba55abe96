"""Examples of the rules for those who are unhappy, silent or about to leave."""

from tests.oracle.one_customer import (
    MICROSECOND,
    day,
    delivered,
    identify,
    order,
    orders,
)
from tests.oracle.rule_messages import DELIVERIES, HOUR, Example, complaint, resolution, view

EXAMPLES: list[Example] = [
    (
        "service_recovery",
        "a complaint",
        [complaint(day(0))],
        [("service_recovery", day(0))],
    ),
    (
        "service_recovery",
        "the second within 90 days is for somebody in charge: the first ended on day 1",
        [complaint(day(0)), resolution(day(1)), complaint(day(90) - MICROSECOND)],
        [("service_recovery", day(0)), ("service_recovery_in_charge", day(90) - MICROSECOND)],
    ),
    (
        "service_recovery",
        "after 90 days it is as the first",
        [complaint(day(0)), resolution(day(1)), complaint(day(90))],
        [("service_recovery", day(0)), ("service_recovery", day(90))],
    ),
    (
        "service_recovery",
        "while one is open another enters nothing",
        [complaint(day(0)), complaint(day(10)), complaint(day(45))],
        [("service_recovery", day(0)), ("service_recovery_in_charge", day(45))],
    ),
    (
        "service_recovery",
        "rests for an hour: half open",
        [
            complaint(day(0)),
            resolution(day(0) + HOUR / 2),
            complaint(day(0) + HOUR - MICROSECOND),
            resolution(day(0) + HOUR - MICROSECOND),
            complaint(day(0) + HOUR),
        ],
        [("service_recovery", day(0)), ("service_recovery_in_charge", day(0) + HOUR)],
    ),
    (
        "rest",
        "the sixth attempt without an answer, and neither the seventh nor the same again in time",
        DELIVERIES,
        [("rest", day(6))],
    ),
    (
        "rest",
        "an act in between starts anew, also one at the same time",
        [*DELIVERIES[:3], view(day(3)), *DELIVERIES[3:]],
        [],
    ),
    (
        "rest",
        "30 days later, after an act",
        [*DELIVERIES, view(day(8)), *[delivered(day(31 + n)) for n in range(6)]],
        [("rest", day(6)), ("rest", day(36))],
    ),
    (
        "tidy_up",
        "730 days after the last act, whatever is sent to the customer",
        [view(day(0)), view(day(10)), delivered(day(20))],
        [("tidy_up", day(740))],
    ),
    (
        "tidy_up",
        "without an act after the first event",
        [identify(day(0))],
        [("tidy_up", day(730))],
    ),
    (
        "win_back",
        "four orders are F 3: at risk after 90 days",
        orders(day(0), day(0), day(0), day(0)),
        [("win_back", day(90))],
    ),
    (
        "win_back",
        "ten orders are F 5: call in person",
        orders(*[day(0)] * 10),
        [("win_back_personal", day(90))],
    ),
    ("wake_up", "60 days after the only order", [order(day(0))], [("wake_up", day(60))]),
    (
        "feedback_request",
        "14 days after the last order",
        [order(day(0), "a"), order(day(5), "b")],
        [("feedback_request", day(19))],
    ),
    (
        "feedback_request",
        "not while recovering: the complaint of day 2 was settled on day 3",
        [order(day(0)), complaint(day(2)), resolution(day(3))],
        [],
    ),
    (
        "feedback_request",
        "the recovery of 14 days is over right then",
        [order(day(0)), complaint(day(0)), resolution(day(0))],
        [("feedback_request", day(14))],
    ),
    (
        "feedback_request",
        "not after six attempts",
        [order(day(0)), *DELIVERIES],
        [],
    ),
    (
        "feedback_request",
        "five attempts are not too many",
        [order(day(0)), *DELIVERIES[:5]],
        [("feedback_request", day(14))],
    ),
]
