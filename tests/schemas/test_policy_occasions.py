"""Every occasion of a rule: how it is written, and what is said of one that is none."""

import pytest

from schemas.policy.occasions.when import KINDS
from tests.schemas.policies import DURATION, SMALL, line_of, policy, refusal, small

WHEN = "rules.hello.cases[0].when"
NOTHING = "a duration must be longer than nothing"
CHANNELS = "'web', 'app', 'store', 'marketplace', 'partner', 'phone' or 'social'"

RIGHT = [
    "entering: [here, none]",
    "entering_tier: [A]",
    "entering_care: [complaint_open, recovering, calm]",
    "climbing_to: [friend]",
    "staying_on: [guest, friend], for: 90 minutes",
    "after_first_order: 3 days",
    "after_order: 1 week",
    "after_usual_gaps: 1.5, no_sooner_than: 1 week",
    "after_research: 36 hours",
    "review_at_most: 2.5",
    "review_at_least: 5",
    "mention_at_least: -1",
    "complaint: filed",
    "order_over: [marketplace, partner], nth: 12",
    "recency_falls_to: 4",
    "birthday: every_year",
    "unanswered: 12",
    "silent_for: 100 weeks",
]


def test_every_kind_of_occasion_is_tried_below() -> None:
    """And no other."""
    assert [when.partition(":")[0] for when in RIGHT] == list(KINDS)


@pytest.mark.parametrize("when", RIGHT)
def test_an_occasion_is_read_as_what_it_is(when: str) -> None:
    """By the name that it begins with."""
    found = policy(small("entering: [here]", when)).rules[0].cases[0].when

    assert type(found) is KINDS[when.partition(":")[0]]


@pytest.mark.parametrize("when", RIGHT)
def test_an_occasion_is_written_as_it_is_read(when: str) -> None:
    """So that a policy can be written by a machine."""
    found = policy(small("entering: [here]", when)).rules[0].cases[0].when
    again = type(found).model_validate(found.model_dump())

    assert again == found
    assert list(found.model_dump()) == [
        part.partition(":")[0] for part in when.split(", ") if ":" in part
    ]


WRONG = [
    ("entering: here", "entering", "must be a list, such as [1, 2], not 'here'"),
    ("entering: []", "entering", "list at least one"),
    ("entering_tier: []", "entering_tier", "list at least one"),
    ("entering_care: []", "entering_care", "list at least one"),
    ("climbing_to: []", "climbing_to", "list at least one"),
    ("climbing_to: friend", "climbing_to", "must be a list, such as [1, 2], not 'friend'"),
    ("staying_on: [guest]", "for", "is missing"),
    ("staying_on: [], for: 1 day", "staying_on", "list at least one"),
    ("staying_on: [guest], for: 7", "for", DURATION),
    ("after_first_order: 0 days", "after_first_order", NOTHING),
    ("after_order: 14", "after_order", DURATION),
    ("after_usual_gaps: 0", "after_usual_gaps", "must be more than 0, not 0"),
    ("after_usual_gaps: 1 week", "after_usual_gaps", "must be a number, not '1 week'"),
    ("after_usual_gaps: 1, no_sooner_than: 0 days", "no_sooner_than", NOTHING),
    ("after_research: P3D", "after_research", DURATION),
    ("review_at_most: 0.5", "review_at_most", "must be 1 or more, not 0.5"),
    ("review_at_least: 5.5", "review_at_least", "must be 5 or less, not 5.5"),
    ("mention_at_least: 2", "mention_at_least", "must be 1 or less, not 2"),
    ("mention_at_least: -1.5", "mention_at_least", "must be -1 or more, not -1.5"),
    ("mention_at_least: good", "mention_at_least", "must be a number, not 'good'"),
    ("mention_at_least: true", "mention_at_least", "must be a number, not true"),
    ("complaint: heard", "complaint", "must be 'filed', not 'heard'"),
    ("order_over: [shop], nth: 2", "order_over[0]", f"must be {CHANNELS}, not 'shop'"),
    ("order_over: [], nth: 2", "order_over", "list at least one"),
    ("order_over: [web]", "nth", "is missing"),
    ("order_over: [web], nth: 0", "nth", "must be 1 or more, not 0"),
    ("order_over: [web], nth: 13", "nth", "must be 12 or less, not 13"),
    ("order_over: [web], nth: 1.5", "nth", "must be a whole number, not 1.5"),
    ("recency_falls_to: 5", "recency_falls_to", "must be 4 or less, not 5"),
    ("recency_falls_to: 0", "recency_falls_to", "must be 1 or more, not 0"),
    ("birthday: yes", "birthday", "must be 'every_year', not true"),
    ("birthday: 04-09", "birthday", "must be 'every_year', not '04-09'"),
    ("unanswered: 0", "unanswered", "must be 1 or more, not 0"),
    ("unanswered: 13", "unanswered", "must be 12 or less, not 13"),
    ("silent_for: 2 years", "silent_for", DURATION),
    (
        "staying_on: [guest], for: 1 day, complaint: filed",
        "complaint",
        "say only one when; another one is a case of its own",
    ),
    (
        "review_at_most: 2, complaint: filed",
        "complaint",
        "say only one when; another one is a case of its own",
    ),
    (
        "after_order: 1 day, nth: 2",
        "nth",
        "this name is not known here; there are after_order",
    ),
]


@pytest.mark.parametrize(("when", "field", "expected"), WRONG)
def test_a_wrong_occasion_is_refused_with_line_and_field(
    when: str, field: str, expected: str
) -> None:
    """In one line."""
    text = small("entering: [here]", when)

    assert refusal(text) == f"shop.yaml, line {line_of('when:', SMALL)}: {WHEN}.{field}: {expected}"


@pytest.mark.parametrize("when", ["{full_moon: true}", "{for: 7 days}", "{}", "here", "[here]", ""])
def test_what_is_no_occasion_gets_a_list_of_all(when: str) -> None:
    """In their order."""
    text = small("when: {entering: [here]}", f"when: {when}")

    assert refusal(text) == (
        f"shop.yaml, line {line_of('when:', SMALL)}: {WHEN}: say when: {', '.join(KINDS)}"
    )
