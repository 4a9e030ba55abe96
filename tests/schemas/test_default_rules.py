"""The rules of the default policy are those that were asked for, written out here a second time."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.policy import load_default_policy
from schemas.policy.rules import RuleCase

RULES = {rule.name: rule for rule in load_default_policy().rules}


def days(count: int) -> timedelta:
    """So many times 24 hours."""
    return timedelta(hours=24 * count)


RULE_LIMITS = [
    # rule, promotional, cooldown, expires after
    ("service_recovery", False, timedelta(hours=1), days(7)),
    ("rest", False, days(30), days(30)),
    ("tidy_up", False, days(365), days(30)),
    ("win_back", True, days(30), days(14)),
    ("wake_up", True, days(30), days(14)),
    ("second_purchase", True, days(30), days(14)),
    ("special_offer", True, days(30), days(14)),
    ("nurture", True, days(30), days(14)),
    ("lead_story", True, days(90), days(14)),
    ("follower_retargeting", True, days(7), days(14)),
    ("cross_sell", True, days(30), days(7)),
    ("feedback_request", False, days(90), days(14)),
    ("regular_thanks", True, days(30), days(14)),
    ("vip_relationship", True, days(30), days(14)),
    ("ambassador", True, days(180), days(14)),
    ("store_invitation", True, days(30), days(7)),
    ("go_direct", True, days(365), days(14)),
    ("occasional_push", True, days(30), days(14)),
]


def test_there_are_exactly_the_rules_that_were_asked_for() -> None:
    """In this order, which decides between two of the same priority."""
    assert [
        (rule.name, rule.promotional, rule.cooldown, rule.expires_after) for rule in RULES.values()
    ] == RULE_LIMITS


CASES: list[tuple[str, list[tuple[dict[str, Any], dict[str, Any], str, str]]]] = [
    # rule: when, provided, kind of action, priority
    (
        "service_recovery",
        [
            (
                {"entering_care": ["complaint_open"]},
                {"fired_within": "90 days"},
                *("personal_contact", "highest"),
            ),
            ({"entering_care": ["complaint_open"]}, {}, "personal_contact", "highest"),
        ],
    ),
    ("rest", [({"unanswered": 6}, {}, "stop_contact", "high")]),
    ("tidy_up", [({"silent_for": "730 days"}, {}, "delete_or_anonymise", "low")]),
    (
        "win_back",
        [
            ({"entering": ["at_risk"]}, {}, "discount_code", "normal"),
            ({"entering": ["cant_lose"]}, {}, "personal_contact", "high"),
        ],
    ),
    ("wake_up", [({"entering": ["about_to_sleep"]}, {}, "discount_code", "normal")]),
    (
        "second_purchase",
        [
            (
                {"after_first_order": "21 days"},
                {"orders_total": {"at_most": "1"}},
                *("discount_code", "normal"),
            )
        ],
    ),
    ("special_offer", [({"entering": ["champions"]}, {}, "special_offer", "normal")]),
    (
        "nurture",
        [({"entering": ["loyal"]}, {"monetary_score": {"at_most": "2"}}, "content", "low")],
    ),
    ("lead_story", [({"climbing_to": ["lead"]}, {}, "content", "low")]),
    (
        "follower_retargeting",
        [
            ({"climbing_to": ["follower"]}, {}, "retargeting_audience", "low"),
            (
                {"staying_on": ["follower"], "for": "7 days"},
                {},
                *("retargeting_audience", "low"),
            ),
        ],
    ),
    ("cross_sell", [({"after_first_order": "3 days"}, {}, "cross_sell", "low")]),
    (
        "feedback_request",
        [
            (
                {"after_order": "14 days"},
                {"care": ["calm"], "unanswered": {"at_most": "5"}},
                *("survey", "low"),
            )
        ],
    ),
    (
        "regular_thanks",
        [
            ({"climbing_to": ["regular"]}, {}, "gift", "normal"),
            (
                {"birthday": "every_year"},
                {"stage": ["regular", "vip"]},
                *("greeting_card", "normal"),
            ),
        ],
    ),
    (
        "vip_relationship",
        [
            ({"climbing_to": ["vip"]}, {}, "personal_contact", "high"),
            ({"recency_falls_to": 3}, {"stage": ["vip"]}, "personal_contact", "high"),
        ],
    ),
    (
        "ambassador",
        [
            (
                {"review_at_least": "4"},
                {"segment": ["champions"]},
                *("referral_invitation", "normal"),
            ),
            (
                {"mention_at_least": 0.5},
                {"segment": ["champions"]},
                *("referral_invitation", "normal"),
            ),
        ],
    ),
    (
        "store_invitation",
        [({"after_research": "3 days"}, {"bought_over": ["store"]}, "store_offer", "normal")],
    ),
    (
        "go_direct",
        [({"order_over": ["marketplace", "partner"], "nth": 2}, {}, "own_shop_offer", "normal")],
    ),
    (
        "occasional_push",
        [
            (
                {"after_usual_gaps": "1.5", "no_sooner_than": "7 days"},
                {"stage": ["occasional"], "tier": ["C"]},
                *("discount_code", "low"),
            ),
            (
                {"after_usual_gaps": "1.5", "no_sooner_than": "7 days"},
                {"stage": ["occasional"]},
                *("discount_code", "normal"),
            ),
        ],
    ),
]


def test_the_cases_of_every_rule_are_written_out_below() -> None:
    """None is ignored."""
    assert [rule for rule, _ in CASES] == list(RULES)


@pytest.mark.parametrize(("rule", "cases"), CASES)
def test_a_rule_has_exactly_the_cases_that_were_asked_for(
    rule: str, cases: list[tuple[dict[str, Any], dict[str, Any], str, str]]
) -> None:
    """When, provided what, with which action and priority; in their order."""
    assert [in_short(case) for case in RULES[rule].cases] == cases


def in_short(case: RuleCase) -> tuple[dict[str, Any], dict[str, Any], str, str]:
    """When, provided what, the action and its priority."""
    return (
        case.when.model_dump(mode="json"),
        case.provided.model_dump(mode="json", exclude_none=True),
        str(case.action.kind),
        str(case.action.priority),
    )


def test_discounts_for_a_usual_gap_are_sent_to_the_cheapest_channel_of_tier_c() -> None:
    """Of others the campaign tool chooses it."""
    assert [case.action.channel for case in RULES["occasional_push"].cases] == ["email", None]


def test_every_action_has_a_template() -> None:
    """So the campaign tool knows what to send."""
    assert all(case.action.template for rule in RULES.values() for case in rule.cases)
