"""The default policy is the one that was asked for, written out here a second time."""

from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest

from schemas.policy import load_default_policy
from schemas.policy.rules import RuleCase
from schemas.policy.whens import EnteringSegment

POLICY = load_default_policy()
RULES = {rule.name: rule for rule in POLICY.rules}


def days(count: int) -> timedelta:
    """So many times 24 hours."""
    return timedelta(hours=24 * count)


def test_money_zone_and_window() -> None:
    """EUR with cents, Berlin, 365 days."""
    assert POLICY.currency == "EUR"
    assert POLICY.minor_digits == 2
    assert POLICY.time_zone == "Europe/Berlin"
    assert POLICY.window == days(365)


def test_recency_is_scored_by_the_age_of_the_last_order() -> None:
    """Younger than 30, 60, 90 or 180 days."""
    scale = POLICY.scores.recency

    assert [(step.younger_than, step.score) for step in scale.steps] == [
        (days(30), 5),
        (days(60), 4),
        (days(90), 3),
        (days(180), 2),
    ]
    assert scale.otherwise == 1


def test_frequency_is_scored_by_orders_in_the_window() -> None:
    """10, 6, 4 or 2 of them or more."""
    scale = POLICY.scores.frequency

    assert [(int(step.at_least), step.score) for step in scale.steps] == [
        (10, 5),
        (6, 4),
        (4, 3),
        (2, 2),
    ]
    assert scale.otherwise == 1


def test_monetary_is_scored_by_revenue_in_the_window() -> None:
    """1000, 500, 250 or 100 euros or more."""
    scale = POLICY.scores.monetary

    assert [(step.at_least, step.score) for step in scale.steps] == [
        (Decimal(1000), 5),
        (Decimal(500), 4),
        (Decimal(250), 3),
        (Decimal(100), 2),
    ]
    assert scale.otherwise == 1


GRID = {
    # R: F 1, 2, 3, 4, 5
    1: ["hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"],
    2: ["hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"],
    3: ["about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"],
    4: ["promising", "potential_loyalist", "potential_loyalist", "loyal", "loyal"],
    5: ["new", "potential_loyalist", "potential_loyalist", "champions", "champions"],
}


@pytest.mark.parametrize(("r", "f"), [*product(range(1, 6), repeat=2)])
def test_each_pair_of_scores_leads_to_its_segment(r: int, f: int) -> None:
    """All 25 of them."""
    cells = POLICY.segments.grid

    assert [cell.name for cell in cells if (r, f) in cell.pairs()] == [GRID[r][f - 1]]


def test_a_customer_without_orders_is_in_none() -> None:
    """Which is no segment of the grid."""
    assert POLICY.segments.without_orders == "none"
    assert POLICY.segments.names == {"none", *(name for row in GRID.values() for name in row)}


def test_there_are_exactly_the_rules_that_were_asked_for() -> None:
    """Each with a cooldown of 30 days; only service recovery is no promotion."""
    assert {name: rule.promotional for name, rule in RULES.items()} == {
        "win_back": True,
        "wake_up": True,
        "second_purchase": True,
        "special_offer": True,
        "nurture": True,
        "service_recovery": False,
    }
    assert {rule.cooldown for rule in POLICY.rules} == {days(30)}


def cases(rule: str) -> list[RuleCase]:
    """The cases of a rule."""
    return list(RULES[rule].cases)


ENTERING = [
    ("win_back", 0, "at_risk", "discount_code", "normal"),
    ("win_back", 1, "cant_lose", "personal_contact", "high"),
    ("wake_up", 0, "about_to_sleep", "discount_code", "normal"),
    ("special_offer", 0, "champions", "special_offer", "normal"),
    ("nurture", 0, "loyal", "content", "low"),
]


@pytest.mark.parametrize(("rule", "place", "segment", "kind", "priority"), ENTERING)
def test_a_rule_fires_on_entering_its_segment(
    rule: str, place: int, segment: str, kind: str, priority: str
) -> None:
    """With the action that was asked for."""
    case = cases(rule)[place]

    assert case.when == EnteringSegment(entering=(segment,))
    assert (case.action.kind, case.action.priority) == (kind, priority)


def test_no_rule_has_another_case() -> None:
    """One each, but two for winning back and for service recovery."""
    assert {name: len(rule.cases) for name, rule in RULES.items()} == {
        "win_back": 2,
        "wake_up": 1,
        "second_purchase": 1,
        "special_offer": 1,
        "nurture": 1,
        "service_recovery": 2,
    }


def test_the_second_purchase_is_asked_for_21_days_after_the_only_order() -> None:
    """With a discount code."""
    (case,) = cases("second_purchase")

    assert case.when.model_dump() == {"after_first_order": "21 days"}
    assert case.provided.model_dump(exclude_none=True) == {"orders_total": {"at_most": 1}}
    assert case.action.kind == "discount_code"


def test_nurture_is_for_loyal_customers_with_a_small_purse() -> None:
    """M of 2 or less; no other rule but the second purchase has a condition."""
    (case,) = cases("nurture")

    assert case.provided.model_dump(exclude_none=True) == {"monetary_score": {"at_most": 2}}
    with_conditions = {
        rule.name
        for rule in POLICY.rules
        for case in rule.cases
        if case.provided.model_dump(exclude_none=True)
    }
    assert with_conditions == {"nurture", "second_purchase"}


def test_service_recovery_is_in_person_and_goes_before_all_else() -> None:
    """On a review of 2 or less, and on a complaint."""
    review, complaint = cases("service_recovery")

    assert review.when.model_dump(mode="json") == {"review_at_most": "2"}
    assert complaint.when.model_dump() == {"complaint": "filed"}
    for case in (review, complaint):
        assert (case.action.kind, case.action.priority) == ("personal_contact", "highest")


def test_service_recovery_is_open_for_30_days() -> None:
    """Or until the complaint is resolved."""
    assert POLICY.service_recovery.open_for == days(30)
    assert POLICY.service_recovery.review_at_most == 2
