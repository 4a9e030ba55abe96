"""Stages and tiers are ladders; what is none is refused, and so is a rung that is not there."""

import pytest

from schemas.policy.ladder import UNKNOWN
from tests.schemas.policies import SMALL, TEXT_MUST, line_of, policy, refusal, small

FRIEND = "  - {name: friend, any: [{newsletter: true}]}"
A_NAME = "must be a name of letters, digits and underscores, a letter first"

BROKEN = [
    (
        "{name: guest}",
        "{name: guest, any: [{newsletter: true}]}",
        "stages.guest.any",
        "the lowest rung has no conditions",
    ),
    (FRIEND, "  - {name: friend}", "stages.friend", "say any: what must hold for this rung"),
    (
        FRIEND,
        "  - {name: friend, any: []}",
        "stages.friend",
        "say any: what must hold for this rung",
    ),
    (
        FRIEND,
        "  - {name: friend, any: [{}]}",
        "stages.friend.any[0]",
        "say what must hold: nothing at all always does",
    ),
    (
        FRIEND,
        "  - {name: guest, any: [{newsletter: true}]}",
        "stages.guest.name",
        "two rungs are called guest",
    ),
    (
        FRIEND,
        "  - {name: friend, any: {newsletter: true}}",
        "stages.friend.any",
        "must be a list, such as [1, 2], not names and values",
    ),
    (
        FRIEND,
        "  - {name: friend, any: [{revenue_in_window: {at_least: 0.001}}]}",
        "stages.friend.any[0].revenue_in_window.at_least",
        "0.001 is finer than 0.01, the smallest unit of the currency",
    ),
    (
        FRIEND,
        "  - {name: friend, any: [{newsletter: 'yes'}]}",
        "stages.friend.any[0].newsletter",
        "must be true or false, not 'yes'",
    ),
    (
        FRIEND,
        "  - {name: dear friend, any: [{newsletter: true}]}",
        "stages.dear friend.name",
        f"{A_NAME}, not 'dear friend'",
    ),
    ("{name: B}", "{name: 2nd}", "tiers.2nd.name", f"{A_NAME}, not '2nd'"),
    ("{name: B}", "{name: 2}", "tiers.2.name", f"{TEXT_MUST}, not 2"),
    ("{name: B}", "{}", "tiers[0].name", "is missing"),
]


@pytest.mark.parametrize(("old", "new", "field", "expected"), BROKEN)
def test_a_ladder_that_can_not_be_climbed_is_refused(
    old: str, new: str, field: str, expected: str
) -> None:
    """With the line of the rung."""
    assert refusal(small(old, new)) == f"shop.yaml, line {line_of(old, SMALL)}: {field}: {expected}"


@pytest.mark.parametrize("ladder", ["stages", "tiers"])
def test_a_ladder_without_rungs_is_refused(ladder: str) -> None:
    """Who wants none leaves it out."""
    begin, end = SMALL.index(f"{ladder}:"), SMALL.index("rules:")
    text = SMALL[:begin] + f"{ladder}: []\nservice_recovery: {{}}\n" + SMALL[end:]

    assert f"shop.yaml, line {line_of(ladder, SMALL)}: {ladder}: list at least one" in refusal(text)


def test_a_rung_can_not_stand_under_one_that_always_holds() -> None:
    """The only rung without conditions is the lowest."""
    text = small(FRIEND, f"{FRIEND}\n  - {{name: owner}}")

    assert refusal(text).endswith("stages.owner: say any: what must hold for this rung")


def test_a_ladder_may_have_one_rung() -> None:
    """Everybody stands on it."""
    assert [rung.name for rung in policy(small(f"{FRIEND}\n", "")).stages] == ["guest"]


def test_without_ladders_everybody_stands_on_unknown() -> None:
    """As in a policy of the release before."""
    begin, end = SMALL.index("stages:"), SMALL.index("service_recovery:")
    read = policy(SMALL[:begin] + SMALL[end:])

    assert [rung.name for rung in (*read.stages, *read.tiers)] == [UNKNOWN, UNKNOWN]


def test_a_rung_may_be_called_like_one_of_the_other_ladder() -> None:
    """A tier is no stage."""
    policy(small("{name: B}", "{name: guest}"))


NAMING = [
    ("when: {climbing_to: [boss]}", "climbing_to[0]", "stage", "friend, guest"),
    ("when: {climbing_to: [guest, A]}", "climbing_to[1]", "stage", "friend, guest"),
    ("when: {staying_on: [boss], for: 1 day}", "staying_on[0]", "stage", "friend, guest"),
    ("when: {entering_tier: [friend]}", "entering_tier[0]", "tier", "A, B"),
    ("when: {entering_care: [cross]}", "entering_care[0]", "care", "calm, complaint_open, recove"),
    ("when: {entering: [friend]}", "entering[0]", "segment", "away, here, none"),
]


@pytest.mark.parametrize(("when", "field", "kind", "known"), NAMING)
def test_an_occasion_names_only_what_there_is(when: str, field: str, kind: str, known: str) -> None:
    """With the line, the field, and those that there are."""
    found = refusal(small("when: {entering: [here]}", when))

    place = f"shop.yaml, line {line_of('when:', SMALL)}: rules.hello.cases[0].when.{field}: '"
    assert found.startswith(place)
    assert f"' is no {kind} of this policy; there are {known}" in found


@pytest.mark.parametrize(
    ("provided", "kind", "known"),
    [
        ("stage: [guest, boss]", "stage", "friend, guest"),
        ("tier: [B, boss]", "tier", "A, B"),
        ("care: [calm, boss]", "care", "calm, complaint_open, recovering"),
        ("segment: [here, boss]", "segment", "away, here, none"),
    ],
)
def test_a_condition_names_only_what_there_is(provided: str, kind: str, known: str) -> None:
    """Likewise."""
    assert refusal(small("care: [calm]", provided)) == (
        f"shop.yaml, line {line_of('provided', SMALL)}: rules.hello.cases[0].provided.{kind}[1]: "
        f"'boss' is no {kind} of this policy; there are {known}"
    )
