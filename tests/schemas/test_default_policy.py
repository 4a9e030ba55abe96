"""The default policy is the one that was asked for, written out here a second time."""

from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest

from schemas.policy import load_default_policy
from schemas.policy.ladder import Rung

POLICY = load_default_policy()


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


def standings(rung: Rung) -> list[dict[str, object]]:
    """The lines of a rung, any of which must hold."""
    return [line.model_dump(mode="json", exclude_none=True) for line in rung.any]


def test_the_stages_are_a_ladder_from_prospect_to_vip() -> None:
    """Newsletter, following and orders lead up."""
    assert [(rung.name, standings(rung)) for rung in POLICY.stages] == [
        ("prospect", []),
        ("lead", [{"newsletter": True}, {"consent": True}]),
        ("follower", [{"following": True}, {"engaged": True}]),
        ("first_time_buyer", [{"orders_total": {"at_least": "1"}}]),
        ("occasional", [{"orders_in_window": {"at_least": "2"}}]),
        ("regular", [{"orders_in_window": {"at_least": "4"}}]),
        ("vip", [{"orders_in_window": {"at_least": "6"}, "monetary_score": {"at_least": "4"}}]),
    ]


def test_the_tiers_are_by_revenue() -> None:
    """C, from M 2 on B, from M 4 on A."""
    assert [(rung.name, standings(rung)) for rung in POLICY.tiers] == [
        ("C", []),
        ("B", [{"monetary_score": {"at_least": "2"}}]),
        ("A", [{"monetary_score": {"at_least": "4"}}]),
    ]


def test_a_case_is_opened_by_what_was_asked_for() -> None:
    """And ends after 30 days, or before; the customer recovers for 14 days."""
    assert POLICY.service_recovery.model_dump(mode="json") == {
        "review_at_most": "2",
        "nps_at_most": 6,
        "csat_at_most": 2,
        "sentiment_at_most": -0.5,
        "open_for": "30 days",
        "recovering_for": "14 days",
    }


def test_the_ideal_customer_is_by_revenue_frequency_and_newsletter() -> None:
    """Revenue weighs half of it."""
    ideal = POLICY.ideal_customer

    assert ideal is not None
    assert ideal.raises_priority_from == 0.75
    assert [
        (trait.weight, trait.provided.model_dump(mode="json", exclude_none=True))
        for trait in ideal.traits
    ] == [
        (2, {"monetary_score": {"at_least": "3"}}),
        (1, {"frequency_score": {"at_least": "3"}}),
        (1, {"newsletter": True}),
    ]


def test_promotion_is_limited_to_one_a_week_two_a_month_and_to_the_day() -> None:
    """And ends for the time being after six attempts without an answer."""
    assert [(cap.at_most, cap.within) for cap in POLICY.frequency_caps] == [
        (1, days(7)),
        (2, days(30)),
    ]
    assert POLICY.quiet_hours is not None
    assert POLICY.quiet_hours.model_dump() == {"from": "20:00", "to": "08:00"}
    assert POLICY.rest_after == 6
