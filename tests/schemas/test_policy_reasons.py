"""The sentence of a rule is a template over facts, and no program."""

import pytest

from schemas.policy.reason import COUNTS, REASON_FIELDS
from tests.schemas.policies import SMALL, line_of, policy, refusal, small

KNOWN = ", ".join(REASON_FIELDS)
REASON = "rules.hello.cases[0].reason"

TEMPLATES = [
    ("{}", f"{{}} is not known here; there are {KNOWN}"),
    ("{0}", f"{{0}} is not known here; there are {KNOWN}"),
    ("{name}", f"{{name}} is not known here; there are {KNOWN}"),
    ("{ segment }", f"{{ segment }} is not known here; there are {KNOWN}"),
    ("{segment.__class__}", f"{{segment.__class__}} is not known here; there are {KNOWN}"),
    ("{segment[0]}", f"{{segment[0]}} is not known here; there are {KNOWN}"),
    ("{segment!r}", "write only the name in the braces: {segment}"),
    ("{segment:>99}", "write only the name in the braces: {segment}"),
    ("{orders_total:{segment}}", "write only the name in the braces: {orders_total}"),
    ("{orders_total!r:order}", "write only the name in the braces: {orders_total}"),
    ("{segment:order}", "write only the name in the braces: {segment}"),
    *(
        (f"{{{field}:{noun}}}", f"write what is counted after the colon, as in {{{field}:{right}}}")
        for field, right in (
            ("orders_in_window", "order"),
            ("days_since_last_order", "day"),
            ("attempts", "attempt"),
        )
        for noun in (">99", " order", "4", "|orders", "order|", "a|b|c", "order1")
    ),
    ("{segment", "a brace stands alone; write {{ and }} for the braces themselves"),
    ("segment}", "a brace stands alone; write {{ and }} for the braces themselves"),
    (" ", "write a sentence that says why"),
]


@pytest.mark.parametrize(("template", "expected"), TEMPLATES)
def test_a_reason_may_name_known_fields_and_nothing_else(template: str, expected: str) -> None:
    """No position, no attribute, no format."""
    text = small("reason: Hello.", f"reason: '{template}'")

    assert refusal(text) == f"shop.yaml, line {line_of('reason: ', text)}: {REASON}: {expected}"


@pytest.mark.parametrize("field", [field for field in REASON_FIELDS if field != "rating"])
def test_a_reason_may_name_each_of_its_fields(field: str) -> None:
    """All but the rating, whatever sets the rule off."""
    text = small("reason: Hello.", f"reason: 'It is {{{field}}}.'")

    assert policy(text).rules[0].cases[0].reason == f"It is {{{field}}}."


@pytest.mark.parametrize("when", ["review_at_most: 2", "review_at_least: 4.5"])
def test_a_reason_may_have_a_rating_after_a_review(when: str) -> None:
    """Of either kind."""
    policy(small("entering: [here]", when).replace("Hello.", "Gave {rating}."))


@pytest.mark.parametrize(
    "when", ["entering: [here]", "mention_at_least: 0.5", "entering_care: [complaint_open]"]
)
def test_a_reason_has_no_rating_after_anything_else(when: str) -> None:
    """The sentence would have a hole."""
    found = refusal(small("entering: [here]", when).replace("Hello.", "Gave {rating}."))

    assert found == (
        f"shop.yaml, line {line_of('reason: ', SMALL)}: {REASON}: "
        "there is a {rating} only when review_at_most or review_at_least"
    )


def test_braces_themselves_may_be_written_twice() -> None:
    """As in every format string."""
    policy(small("Hello.", "Hello {{you}}."))


@pytest.mark.parametrize("field", COUNTS)
@pytest.mark.parametrize("noun", ["order", "old order", "Bestellung|Bestellungen", "été|étés"])
def test_what_is_counted_may_be_named(field: str, noun: str) -> None:
    """With its plural, if that is no s."""
    text = small("reason: Hello.", f"reason: '{{{field}:{noun}}}'")

    assert policy(text).rules[0].cases[0].reason == f"{{{field}:{noun}}}"
