"""Frequency caps, quiet hours and rest: how they are written, and what is said of wrong ones."""

from datetime import time, timedelta

import pytest

from tests.schemas.policies import DURATION, SMALL, line_of, policy, refusal

LINE = line_of("rules:", SMALL)
IN_QUOTES = "write a time of day in quotes, such as '20:00'; without them YAML reads a number"
OF_THE_DAY = "write a time of day from '00:00' to '23:59', such as '08:00'"


def limited(line: str) -> str:
    """The small policy with one more line."""
    return SMALL.replace("rules:\n", f"{line}\nrules:\n")


def test_caps_say_how_many_within_how_long() -> None:
    """As many of them as the shop wants."""
    caps = "frequency_caps: [{at_most: 8, within: 1 week}, {at_most: 1, within: 90 minutes}]"

    assert [(cap.at_most, cap.within) for cap in policy(limited(caps)).frequency_caps] == [
        (8, timedelta(days=7)),
        (1, timedelta(minutes=90)),
    ]


def test_quiet_hours_are_times_of_day() -> None:
    """Over midnight, mostly."""
    quiet = policy(limited("quiet_hours: {from: '20:00', to: \"00:30\"}")).quiet_hours

    assert quiet is not None
    assert (quiet.start, quiet.end) == (time(20), time(0, 30))


def test_rest_is_after_so_many_attempts() -> None:
    """At most as many as are counted."""
    assert policy(limited("rest_after: 12")).rest_after == 12


def test_an_id_with_more_than_50_orders_a_day_is_reported_unless_the_policy_says_otherwise() -> (
    None
):
    """Nobody has to say so; null reports none."""
    limits = ("", "most_orders_per_day: 250", "most_orders_per_day: null")

    assert [policy(f"{SMALL}{each}\n").most_orders_per_day for each in limits] == [50, 250, None]


def test_promotion_may_need_consent_to_a_purpose() -> None:
    """By the name that `identify` gives it."""
    assert policy(limited("promotion_needs_consent: e-mail")).promotion_needs_consent == "e-mail"


def test_a_policy_may_limit_nothing() -> None:
    """As one of the release before does."""
    read = policy(SMALL)

    assert (read.frequency_caps, read.quiet_hours, read.rest_after) == ((), None, None)


def test_what_happened_thirty_years_ago_is_too_old_if_nothing_else_is_set() -> None:
    """To say the same is the same policy."""
    unlimited, named = policy(SMALL), policy(limited("oldest_event: 10957 days"))

    assert unlimited.oldest_event == named.oldest_event == timedelta(days=10_957)
    assert unlimited.version == named.version != policy(limited("oldest_event: 52 weeks")).version


@pytest.mark.parametrize(
    "line", ["quiet_hours:", "rest_after:", "frequency_caps: []", "promotion_needs_consent:"]
)
def test_a_limit_that_is_left_empty_is_none(line: str) -> None:
    """And changes no version."""
    assert policy(limited(line)).version == policy(SMALL).version


WRONG = [
    (
        "frequency_caps: {at_most: 1, within: 7 days}",
        "frequency_caps",
        "must be a list, such as [1, 2], not names and values",
    ),
    *(
        (f"frequency_caps: [{{{cap}}}]", f"frequency_caps[0].{field}", expected)
        for cap, field, expected in [
            ("at_most: 0, within: 7 days", "at_most", "must be 1 or more, not 0"),
            ("at_most: 9, within: 7 days", "at_most", "must be 8 or less, not 9"),
            ("at_most: 1.5, within: 7 days", "at_most", "must be a whole number, not 1.5"),
            ("at_most: '1', within: 7 days", "at_most", "must be a whole number, not '1'"),
            ("at_most: true, within: 7 days", "at_most", "must be a whole number, not true"),
            ("at_most: 1, within: 7", "within", DURATION),
            ("at_most: 1", "within", "is missing"),
            ("within: 7 days", "at_most", "is missing"),
        ]
    ),
    *(
        (f"quiet_hours: {{{hours}}}", f"quiet_hours.{field}", expected)
        for hours, field, expected in [
            ("from: 20:00, to: '08:00'", "from", IN_QUOTES),
            ("from: '20:00', to: 11:30:00", "to", IN_QUOTES),
            ("from: 20, to: '08:00'", "from", IN_QUOTES),
            ("from: 20.5, to: '08:00'", "from", IN_QUOTES),
            ("from: '8:00', to: '09:00'", "from", OF_THE_DAY),
            ("from: '20:00', to: '24:00'", "to", OF_THE_DAY),
            ("from: '20:00', to: '08:60'", "to", OF_THE_DAY),
            ("from: '20:00', to: '08:00:00'", "to", OF_THE_DAY),
            ("from: '20:00', to: 8 am", "to", OF_THE_DAY),
            ('from: "20:00\\n", to: "08:00"', "from", OF_THE_DAY),
            ("from: '20:00'", "to", "is missing"),
            (
                "from: '08:00', to: '08:00'",
                "to",
                "quiet hours end at another time than they begin",
            ),
            (
                "from: '20:00', to: '08:00', start: '20:00'",
                "start",
                "this name is not known here; there are from, to",
            ),
        ]
    ),
    (
        "quiet_hours: '20:00-08:00'",
        "quiet_hours",
        "must have names and values in it, not '20:00-08:00'",
    ),
    ("rest_after: 0", "rest_after", "must be 1 or more, not 0"),
    ("rest_after: 13", "rest_after", "must be 12 or less, not 13"),
    ("rest_after: 6.5", "rest_after", "must be a whole number, not 6.5"),
    ("rest_after: 30 days", "rest_after", "must be a whole number, not '30 days'"),
    ("most_orders_per_day: 0", "most_orders_per_day", "must be 1 or more, not 0"),
    ("most_orders_per_day: 251", "most_orders_per_day", "must be 250 or less, not 251"),
    (
        "promotion_needs_consent: true",
        "promotion_needs_consent",
        "must be text (in quotes, if YAML takes it for something else), not true",
    ),
    (
        "promotion_needs_consent: e mail",
        "promotion_needs_consent",
        "must be the name of a purpose, such as marketing: letters, digits and _.:-, not 'e mail'",
    ),
]


@pytest.mark.parametrize(("line", "field", "expected"), WRONG)
def test_a_wrong_limit_is_refused_with_line_and_field(line: str, field: str, expected: str) -> None:
    """In one line, which says what would be right."""
    assert refusal(limited(line)) == f"shop.yaml, line {LINE}: {field}: {expected}"


def test_a_morning_hour_without_quotes_is_text_and_an_evening_hour_is_not() -> None:
    """By YAML 1.1: only the evening is complained of."""
    found = refusal(limited("quiet_hours: {from: 20:00, to: 08:00}"))

    assert found == f"shop.yaml, line {LINE}: quiet_hours.from: {IN_QUOTES}"
