"""Rules and their actions: what is wrong in them is said with line and field."""

import pytest

from tests.schemas.policies import DURATION, SMALL, TEXT_MUST, changed, line_of, policy, refusal

KINDS = (
    "'discount_code', 'personal_contact', 'special_offer', 'content', 'cross_sell', 'survey', "
    "'gift', 'greeting_card', 'retargeting_audience', 'referral_invitation', 'store_offer', "
    "'own_shop_offer', 'stop_contact' or 'delete_or_anonymise'"
)

WRONG = [
    ("name: win_back", "name: wake_up", "rules.wake_up.name", "two rules are called wake_up"),
    (
        "promotional: false",
        "promotional: 'false'",
        "rules.service_recovery.promotional",
        "must be true or false, not 'false'",
    ),
    (
        "kind: discount_code",
        "kind: voucher",
        "rules.win_back.cases[0].action.kind",
        f"must be {KINDS}, not 'voucher'",
    ),
    (
        "priority: high,",
        "priority: urgent,",
        "rules.rest.cases[0].action.priority",
        "must be 'low', 'normal', 'high' or 'highest', not 'urgent'",
    ),
    ("template: win_back}", "template: 7}", "rules.win_back.cases[0].action.template", TEXT_MUST),
    ("cooldown: 1 hour", "cooldown: 1", "rules.service_recovery.cooldown", DURATION),
]


@pytest.mark.parametrize(("old", "new", "field", "expected"), WRONG)
def test_a_wrong_rule_is_refused_with_file_line_and_field(
    old: str, new: str, field: str, expected: str
) -> None:
    """In one line, which says what would be right."""
    text = changed(old, new)
    line = text[: text.rindex(new)].count("\n") + 1 if "two rules" in expected else line_of(old)

    assert refusal(text).startswith(f"shop.yaml, line {line}: {field}: {expected}")
    assert "\n" not in refusal(text)


def test_a_rule_without_a_case_is_refused() -> None:
    """It could never fire."""
    text = SMALL[: SMALL.index("    cases:")] + "    cases: []\n"

    assert refusal(text) == (
        f"shop.yaml, line {line_of('    cases', text)}: rules.hello.cases: list at least one"
    )


def test_a_policy_may_have_no_rules() -> None:
    """Then customers are only watched."""
    text = SMALL[: SMALL.index("rules:")] + "rules: []\n"

    assert policy(text).rules == ()
