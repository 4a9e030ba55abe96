"""Stages and tiers: up the ladder, and down again."""

from datetime import datetime

import pytest

from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import (
    MICROSECOND,
    Json,
    cancellation,
    day,
    did,
    identified,
    mention,
    order,
    orders,
    refund,
    visit,
)
from tests.topology.domain.policies import changed
from topology.domain.history.instant import from_datetime


def often(count: int, total: float = 10.0) -> list[Json]:
    """So many orders at one instant."""
    return orders(*[day(0)] * count, total=total)


UP = [
    ("prospect", [visit(day(0))]),
    ("prospect", [identified(day(0), consent=False)]),
    ("lead", [did("Newsletter Subscribed", day(0))]),
    ("lead", [identified(day(0), consent="GRANTED")]),
    ("follower", [did("Social Followed", day(0), network="xing")]),
    ("follower", [did("Social Content Engaged", day(0), network="tiktok")]),
    ("follower", [did("Social Message Received", day(0), network="whatsapp")]),
    ("follower", [mention(day(0), 0.0)]),
    ("first_time_buyer", often(1)),
    ("first_time_buyer", [*often(1), did("Social Followed", day(1), network="x")]),
    ("occasional", often(2)),
    ("occasional", often(3)),
    ("regular", often(4)),
    ("regular", often(5, 1000.0)),
    ("regular", often(6, 83.33)),
    ("vip", often(6, 83.34)),
    ("vip", often(10, 100.0)),
]


@pytest.mark.parametrize(("stage", "messages"), UP)
def test_a_customer_stands_on_the_highest_rung_that_holds(stage: str, messages: list[Json]) -> None:
    """Any line of it will do; 6 orders of 83.34 are 500.04, which is M 4."""
    assert lived(messages).row.stage == stage


DOWN = [
    ("prospect", [did("Newsletter Unsubscribed", day(1))], [did("Newsletter Subscribed", day(0))]),
    ("prospect", [identified(day(1), consent=False)], [identified(day(0), consent=True)]),
    (
        "prospect",
        [did("Social Unfollowed", day(1), network="x")],
        [did("Social Followed", day(0), network="x")],
    ),
    (
        "follower",
        [did("Social Unfollowed", day(1), network="x")],
        [
            did("Social Followed", day(0), network="x"),
            did("Social Followed", day(0), network="xing"),
        ],
    ),
    ("prospect", [cancellation(day(1), "o1")], often(1)),
    ("first_time_buyer", [refund(day(1), "o1")], often(2)),
    ("occasional", [refund(day(1), "o1")], often(4)),
    ("occasional", [cancellation(day(1), f"o{n}") for n in (1, 2, 3, 4)], often(6, 100.0)),
    ("regular", [refund(day(1), "o1", 60.0)], often(6, 90.0)),
]


@pytest.mark.parametrize(("stage", "then", "first"), DOWN)
def test_what_is_taken_back_takes_a_customer_down(
    stage: str, then: list[Json], first: list[Json]
) -> None:
    """As far as nothing else holds."""
    assert lived(first).row.stage != stage or stage == "follower"
    assert lived([*first, *then]).row.stage == stage


def test_a_year_without_orders_takes_a_vip_down_to_the_first_rung_of_buyers() -> None:
    """Whoever bought once is a buyer for ever."""
    life = lived(often(6, 100.0), day(400))

    assert life.path("stage")[-2:] == [("vip", day(0)), ("first_time_buyer", day(365))]


def test_rungs_are_left_one_by_one_as_orders_leave_the_window() -> None:
    """Five orders, ten days apart."""
    life = lived(orders(*(day(10 * n) for n in range(5))), day(500))

    assert life.path("stage")[-2:] == [("occasional", day(375)), ("first_time_buyer", day(395))]


TIERS = [(99.99, "C"), (100.0, "B"), (499.99, "B"), (500.0, "A"), (5000.0, "A")]


@pytest.mark.parametrize(("total", "tier"), TIERS)
def test_a_tier_is_by_the_revenue_in_the_window(total: float, tier: str) -> None:
    """C below M 2, A from M 4 on."""
    assert lived([order(day(0), "o", total)]).row.tier == tier


def test_a_tier_is_lost_with_the_revenue() -> None:
    """In part by a refund, and at last with the window."""
    life = lived([order(day(0), "o", 600.0), refund(day(1), "o", 200.0)], day(365))

    assert life.path("tier") == [("A", day(0)), ("B", day(1)), ("C", day(365))]


def test_the_stage_is_kept_until_the_very_instant() -> None:
    """The second order leaves the window 365 days after it, and not a moment earlier."""
    messages = orders(day(0), day(1))

    assert lived(messages, day(365) - MICROSECOND).row.stage == "occasional"
    assert lived(messages, day(365)).row.stage == "first_time_buyer"


@pytest.mark.parametrize(
    ("messages", "since"), [([visit(day(0))], None), ([*often(1), visit(day(3))], day(0))]
)
def test_a_row_knows_since_when_it_is_on_its_stage(
    messages: list[Json], since: datetime | None
) -> None:
    """By its last transition; without one it is not known."""
    row = lived(messages, day(5)).row

    assert row.stage_since == (None if since is None else from_datetime(since))


def test_a_newcomer_may_stand_on_a_higher_rung_at_once() -> None:
    """The first event finds it, though it has changed no score."""
    nothing = {"orders_total": {"at_most": 0}}
    prospect, lead, *others = BOOK.policy.model_dump(mode="json")["stages"]
    book = changed(stages=[prospect, lead | {"any": [nothing]}, *others])
    assert lived([visit(day(0))], book=book).row.stage == "lead"
