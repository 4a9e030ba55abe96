"""The CDNOW sample, as the oracle computes it."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.oracle import Verdict, cdnow


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    """Return what the oracle makes of the whole sample."""
    return cdnow.verdict()


def noon(text: str) -> datetime:
    """Return 12:00 UTC of a day."""
    return datetime.fromisoformat(f"{text}T12:00:00+00:00")


def test_the_sample_has_its_orders_and_customers() -> None:
    """6,919 orders of 2,357 customers from 1997-01-01 to 1998-06-30, each at 12:00 UTC."""
    orders = cdnow.orders()

    assert len(orders) == 6919
    assert len({order["userId"] for order in orders}) == 2357
    assert len({order["properties"]["order_id"] for order in orders}) == 6919
    times = [datetime.fromisoformat(order["timestamp"]) for order in orders]
    assert min(times) == noon("1997-01-01")
    assert max(times) == noon("1998-06-30")
    assert {at.time() for at in times} == {noon("1997-01-01").time()}


def test_both_ids_name_the_same_customers() -> None:
    """Whoever takes the sample id instead of the id gets the same 2,357 customers."""
    lines = cdnow.lines()

    assert len({line.id for line in lines}) == 2357
    assert len({line.sample_id for line in lines}) == 2357
    assert len({(line.id, line.sample_id) for line in lines}) == 2357


def test_dollars_are_read_to_the_cent() -> None:
    """The first line is `00004 0001 19970101  2   29.33`."""
    first = cdnow.lines()[0]

    assert first == cdnow.Line(1, 4, 1, datetime(1997, 1, 1, 12, tzinfo=UTC), 2, 2933)


def test_the_first_customer_by_hand(verdict: Verdict) -> None:
    """Customer 4 ordered on 1997-01-01, 01-18, 08-02 and 12-12.

    The second order comes after 17 days: no second_purchase. With 2 and 3 orders F is 2: after 60
    days without an order (R 3) about_to_sleep, after 90 (R 2) hibernating; 30 days alone (R 4)
    change nothing. On 12-12 there are 4 orders, F 3, still potential_loyalist; the first leaves
    the window on 1998-01-01: F 2, R 5, the same. 60 and 90 days after 12-12 are 02-10 and 03-12.

    The orders are worth 29.33, 29.73, 14.96 and 26.48: 100.50 in all.
    """
    segments = [
        ("none", "new", "1997-01-01"),
        ("new", "potential_loyalist", "1997-01-18"),
        ("potential_loyalist", "about_to_sleep", "1997-03-19"),
        ("about_to_sleep", "hibernating", "1997-04-18"),
        ("hibernating", "potential_loyalist", "1997-08-02"),
        ("potential_loyalist", "about_to_sleep", "1997-10-01"),
        ("about_to_sleep", "hibernating", "1997-10-31"),
        ("hibernating", "potential_loyalist", "1997-12-12"),
        ("potential_loyalist", "about_to_sleep", "1998-02-10"),
        ("about_to_sleep", "hibernating", "1998-03-12"),
    ]
    stages = [
        ("prospect", "first_time_buyer", "1997-01-01"),
        ("first_time_buyer", "occasional", "1997-01-18"),
        ("occasional", "regular", "1997-12-12"),
        ("regular", "occasional", "1998-01-01"),
    ]
    tiers = [("C", "B", "1997-12-12"), ("B", "C", "1998-01-01")]

    found = verdict.customers["cdnow-0001"]
    for dimension, steps in (("segment", segments), ("stage", stages), ("tier", tiers)):
        assert [
            (t.before, t.after, t.at) for t in found.transitions if t.dimension == dimension
        ] == [(before, after, noon(at)) for before, after, at in steps]


def test_the_summary_counts_what_was_found(verdict: Verdict) -> None:
    """The revenue is the sum of the file's last column; the rest counts the lists."""
    assert verdict.summary == {
        "orders": 6919,
        "customers": 2357,
        "revenue_cents": 24409194,
        "segments": dict(Counter(verdict.dimensions("segment").values())),
        "transitions": len(verdict.transitions),
        "triggers": dict(Counter(trigger.rule for trigger in verdict.triggers)),
    }


def test_the_outcome_stays_as_it_was_first_found(verdict: Verdict) -> None:
    """Pinned, so that nobody changes the oracle unawares."""
    assert verdict.summary["segments"] == {
        "about_to_sleep": 42,
        "at_risk": 70,
        "cant_lose": 8,
        "champions": 55,
        "hibernating": 1980,
        "loyal": 39,
        "need_attention": 11,
        "new": 13,
        "potential_loyalist": 125,
        "promising": 14,
    }
    assert verdict.counts("stage") == {
        "first_time_buyer": 1871,
        "occasional": 257,
        "regular": 203,
        "vip": 26,
    }
    assert verdict.counts("tier") == {"A": 29, "B": 247, "C": 2081}
    assert Counter(each.dimension for each in verdict.transitions) == {
        "segment": 14398,
        "stage": 5197,
        "tier": 1055,
    }
    assert verdict.summary["triggers"] == {
        "cross_sell": 2357,
        "feedback_request": 3864,
        "nurture": 223,
        "occasional_push": 892,
        "regular_thanks": 521,
        "second_purchase": 2000,
        "special_offer": 643,
        "vip_relationship": 109,
        "wake_up": 2996,
        "win_back": 448,
    }
