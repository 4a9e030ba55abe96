"""Delays: the instants at which the clock alone sets off a rule."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from schemas.policy.part import PolicyPart
from schemas.policy.rules import RuleCase
from schemas.policy.whens import (
    AfterOrder,
    AfterResearch,
    AfterUsualGaps,
    OnBirthday,
    SilentFor,
    StayingOn,
)
from topology.domain.facts.channels import mask_of
from topology.domain.facts.instant import Instant, Span, span
from topology.domain.facts.orders import first_order
from topology.domain.facts.person import BIRTHDAY, TIME_ZONE
from topology.domain.facts.state import Facts, Sheet, State
from topology.domain.rules.calendar import next_birthday, zone_of

Due = Callable[[State, Instant], Instant | None]

AFTER_ORDER: Final = "last order"


def compile_delay(case: RuleCase, zone: str) -> tuple[Due, str] | None:
    """When a case is due, and what that is counted from; None if it is not the clock's."""
    found = _DUES.get(type(case.when))
    if found is None:
        return None
    make, what = found
    return _only_buyers(case, _only_on(case, make(case.when, zone))), what


def usual_gap(sheet: Sheet) -> Span | None:
    """The mean time between the orders in the window, or None with less than two of them."""
    orders = sheet.orders_in_window
    if orders < 2 or sheet.last_order_at is None or sheet.oldest_in_window_at is None:  # noqa: PLR2004
        return None
    return (sheet.last_order_at - sheet.oldest_in_window_at) // (orders - 1)


def last_sign(facts: Facts) -> Instant:
    """The last sign of life: an act of the customer's own, or that they were first met."""
    return facts.first_seen_at if facts.acted_at is None else facts.acted_at


def first_order_at(facts: Facts, sheet: Sheet) -> Instant | None:
    """When the first order that counts was made; None if there is none, or it is folded."""
    if facts.past is not None:
        return None
    if sheet.orders_total == sheet.orders_in_window:
        return sheet.oldest_in_window_at
    first = first_order(facts)
    return None if first is None else first.at


def _after_order(delay: Span) -> Due:
    def due(state: State, since: Instant) -> Instant | None:
        last = state.sheet.last_order_at
        return None if last is None or last + delay < since else last + delay

    return due


def _after_gaps(gaps: Decimal, least: Span) -> Due:
    many, parts = gaps.as_integer_ratio()

    def due(state: State, since: Instant) -> Instant | None:
        gap, last = usual_gap(state.sheet), state.sheet.last_order_at
        if gap is None or last is None:
            return None
        at = last + max(gap * many // parts, least)
        return None if at < since else at

    return due


def _after_research(delay: Span) -> Due:
    def due(state: State, since: Instant) -> Instant | None:
        looked, last = state.facts.looked_at, state.sheet.last_order_at
        if looked is None or (last is not None and last >= looked) or looked + delay < since:
            return None
        return looked + delay

    return due


def _staying(stages: frozenset[str], duration: Span) -> Due:
    def due(state: State, since: Instant) -> Instant | None:
        come = state.stage_since
        if come is None or state.stage not in stages or come + duration < since:
            return None
        return come + duration

    return due


def _birthday(zone: str) -> Due:
    def due(state: State, since: Instant) -> Instant | None:
        person = state.facts.person
        born = person.trait(BIRTHDAY) if person.traits else None
        if born is None:
            return None
        return next_birthday(born, since, zone_of(person.trait(TIME_ZONE), zone))

    return due


def _silent(delay: Span) -> Due:
    def due(state: State, since: Instant) -> Instant | None:
        last = last_sign(state.facts)
        return None if last + delay < since else last + delay

    return due


def _only_on(case: RuleCase, due: Due) -> Due:
    """Not due for who is not on its stages: what changes a stage looks at the clock anew."""
    if case.provided.stage is None:
        return due
    stages = frozenset(case.provided.stage)
    return lambda state, since: due(state, since) if state.stage in stages else None


def _only_buyers(case: RuleCase, due: Due) -> Due:
    """Not due for who never bought over its channels."""
    if case.provided.bought_over is None:
        return due
    mask = mask_of(case.provided.bought_over)
    return lambda state, since: due(state, since) if state.facts.bought_over & mask else None


_DUES: Final[Mapping[type[PolicyPart], tuple[Callable[[Any, str], Due], str]]] = MappingProxyType(
    {
        AfterOrder: (lambda when, _zone: _after_order(span(when.after_order)), AFTER_ORDER),
        AfterUsualGaps: (
            lambda when, _zone: _after_gaps(
                when.after_usual_gaps, span(when.no_sooner_than or timedelta(0))
            ),
            "usual gap",
        ),
        AfterResearch: (lambda when, _zone: _after_research(span(when.after_research)), "research"),
        StayingOn: (
            lambda when, _zone: _staying(frozenset(when.staying_on), span(when.duration)),
            "stage",
        ),
        OnBirthday: (lambda _when, zone: _birthday(zone), "birthday"),
        SilentFor: (lambda when, _zone: _silent(span(when.silent_for)), "last sign of life"),
    }
)
"""How each kind is made, and what it is counted from."""
