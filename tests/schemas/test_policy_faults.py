"""A policy that is wrong is refused with a line for each fault, and all of them at once."""

import pytest

from tests.schemas.policies import changed, line_of, refusal

MISSING = [
    ("currency: EUR\n", 1, "currency"),
    ("    otherwise: 1\n", line_of("  recency:"), "scores.recency.otherwise"),
    ("  without_orders: none\n", line_of("segments:"), "segments.without_orders"),
    ("    cooldown: 1 hour\n", line_of("- name: service"), "rules.service_recovery.cooldown"),
]


@pytest.mark.parametrize(("part", "line", "field"), MISSING)
def test_a_missing_field_is_named_with_the_line_of_what_lacks_it(
    part: str, line: int, field: str
) -> None:
    """The first line of the file, for the file itself."""
    assert refusal(changed(part, "")) == f"shop.yaml, line {line}: {field}: is missing"


def test_every_fault_has_a_line_of_its_own() -> None:
    """So that all can be mended at once."""
    text = changed("EUR", "EUX").replace("score: 5", "score: 9", 1).replace("[at_risk]", "[7]")

    assert [line.split(": ")[1] for line in refusal(text).splitlines()] == [
        "currency",
        "scores.recency.steps[0].score",
        "rules.win_back.cases[0].when.entering[0]",
    ]


def test_faults_of_several_rules_are_reported_at_once() -> None:
    """Those that only the whole policy shows, too."""
    text = changed("{entering: [at_risk]}", "{entering: [sleepy]}")
    text = text.replace("{entering: [champions]}", "{entering: [winners]}")
    text = text.replace("name: nurture", "name: wake_up")

    assert [line.split(": ")[1] for line in refusal(text).splitlines()] == [
        "rules.wake_up.name",
        "rules.win_back.cases[0].when.entering[0]",
        "rules.special_offer.cases[0].when.entering[0]",
    ]
