"""The heart against the independent SQL oracle: segments, transitions and triggers."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from operator import attrgetter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle import Complaint, Order, Refund, Transition, Trigger, Verdict, cdnow, judge
from tests.topology.domain.histories import bounded, gaps
from tests.topology.domain.life import Life
from tests.topology.domain.messages import DAY_0, Json, day, heard, track
from topology.domain.instant import from_datetime

Told = Order | Refund | Complaint
"""What happened, as the oracle hears it."""


def as_message(told: Told, number: int) -> Json:
    """What happened, as a shop or help desk sends it. Every other complaint is a bad review."""
    name, at = f"m-{number}", told.at
    match told:
        case Order():
            total = told.cents / 100
            return track(
                "Order Completed", at, name, told.customer, order_id=told.order_id, total=total
            )
        case Refund(cents=None):
            return track("Order Refunded", at, name, told.customer, order_id=told.order_id)
        case Refund(cents=int(cents)):
            return track(
                "Order Refunded",
                at,
                name,
                told.customer,
                order_id=told.order_id,
                total=cents / 100,
            )
        case Complaint(kind="resolution"):
            return track("Complaint Resolved", at, name, told.customer)
        case _ if number % 2:
            return track("Product Reviewed", at, name, told.customer, rating=1 + number % 3 / 2)
        case _:
            return track("Complaint Filed", at, name, told.customer)


def in_order_of_effect(told: Iterable[Told]) -> list[Told]:
    """By time, and at one instant orders, refunds, complaints, resolutions: as the oracle does."""

    def place(each: Told) -> tuple[datetime, int]:
        if isinstance(each, Order):
            return each.at, 0
        if isinstance(each, Refund):
            return each.at, 1
        return each.at, 2 if each.kind == "complaint" else 3

    return sorted(told, key=place)


def lives_of(told: Iterable[Told], until: datetime) -> dict[str, Life]:
    """Let every customer live through all of it."""
    lives: dict[str, Life] = {}
    for number, each in enumerate(in_order_of_effect(told)):
        life = lives.setdefault(each.customer, Life())
        life.hear(heard(as_message(each, number)))
    for life in lives.values():
        life.wait_until(from_datetime(until))
    return lives


def assert_judged_alike(lives: Mapping[str, Life], verdict: Verdict) -> None:
    """Every customer's segment, way and triggers are as the oracle has them."""
    assert {customer: life.row.segment for customer, life in lives.items()} == verdict.segments
    for customer, life in lives.items():
        assert [
            Transition(customer, each.from_value, each.to_value, each.effective_at)
            for each in life.transitions
        ] == [each for each in verdict.transitions if each.customer == customer]
        by_time_and_rule = attrgetter("at", "rule")
        fired = [
            Trigger(customer, each.rule, each.action.kind, each.effective_at)
            for each in life.triggers
        ]
        judged = [each for each in verdict.triggers if each.customer == customer]
        assert sorted(fired, key=by_time_and_rule) == sorted(judged, key=by_time_and_rule)


totals = st.sampled_from([0, 10_00, 24_99, 50_00, 99_99, 250_00])
parts = st.sampled_from([None, None, 0, 1, 10_00, 40_00, 50_00])
kinds = st.sampled_from(["order"] * 8 + ["refund"] * 3 + ["complaint"] * 2 + ["resolution"])


@st.composite
def told_of(draw: st.DrawFn, customer: str) -> list[Told]:
    """What one customer did. A refund may name an order that is unknown, or comes later."""
    at, found = DAY_0, list[Told]()
    for number, kind in enumerate(draw(st.lists(kinds, min_size=1, max_size=25))):
        at += draw(gaps | st.integers(0, 12).map(lambda hours: timedelta(hours=hours)))
        if kind == "order":
            found.append(Order(customer, f"o{number}", at, draw(totals)))
        elif kind == "refund":
            target = draw(st.integers(0, number + 2))
            found.append(Refund(customer, f"o{target}", at, draw(parts)))
        else:
            found.append(
                Complaint(customer, at, "complaint" if kind == "complaint" else "resolution")
            )
    return found


def judged(told: list[Told], until: datetime) -> Verdict:
    """What the oracle makes of it."""
    told = in_order_of_effect(told)
    return judge(
        [each for each in told if isinstance(each, Order)],
        [each for each in told if isinstance(each, Refund)],
        [each for each in told if isinstance(each, Complaint)],
        until=until,
    )


@settings(bounded, max_examples=120)
@given(told_of("a"), told_of("b"), st.integers(0, 500))
def test_any_history_in_order_of_time_is_judged_as_by_the_oracle(
    a: list[Told], b: list[Told], quiet: int
) -> None:
    """Orders, refunds, complaints, bad reviews and resolutions of two customers."""
    until = max(each.at for each in [*a, *b]) + timedelta(days=quiet)

    assert_judged_alike(lives_of([*a, *b], until), judged([*a, *b], until))


def test_the_cdnow_customers_are_judged_as_by_the_oracle() -> None:
    """All 6,919 orders of 2,357 real customers, to the end of the sample."""
    told: list[Told] = list(cdnow.orders())
    lives = lives_of(told, cdnow.FINAL_INSTANT)
    verdict = judged(told, cdnow.FINAL_INSTANT)

    assert len(lives) == 2357
    assert sum(len(life.transitions) for life in lives.values()) == verdict.summary["transitions"]
    assert_judged_by_customer(lives, verdict)


def assert_judged_by_customer(lives: Mapping[str, Life], verdict: Verdict) -> None:
    """Compare customer by customer, each with its own part of the verdict."""
    transitions: dict[str, list[Transition]] = {}
    triggers: dict[str, list[Trigger]] = {}
    for move in verdict.transitions:
        transitions.setdefault(move.customer, []).append(move)
    for trigger in verdict.triggers:
        triggers.setdefault(trigger.customer, []).append(trigger)
    for customer, life in lives.items():
        own = Verdict(
            {customer: verdict.segments[customer]},
            transitions.get(customer, []),
            triggers.get(customer, []),
            verdict.summary,
        )
        assert_judged_alike({customer: life}, own)


def test_an_order_refunded_before_its_second_purchase_is_due_asks_for_nothing() -> None:
    """A history on which the oracle's judgement can be seen at a glance."""
    told: list[Told] = [Order("a", "o", day(0), 1000), Refund("a", "o", day(20))]

    assert_judged_alike(lives_of(told, day(60)), judged(told, day(60)))
    assert judged(told, day(60)).triggers == []
