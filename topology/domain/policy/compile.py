"""Compiles a policy: once at the start, so that nothing is looked up or converted later."""

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from types import MappingProxyType
from typing import Any, TypeVar

from schemas.policy.care import COMPLAINT_OPEN
from schemas.policy.ideal import IdealCustomer
from schemas.policy.model import Policy
from schemas.policy.reason import fields_of
from schemas.policy.rules import Rule, RuleCase
from schemas.policy.scores import AmountScale, RecencyScale
from schemas.policy.whens import (
    AfterFirstOrder,
    AfterOrder,
    AfterResearch,
    ClimbingTo,
    EnteringCare,
    EnteringSegment,
    EnteringTier,
    MentionAtLeast,
    OnBirthday,
    OnComplaint,
    OrderOver,
    RecencyFallsTo,
    ReviewAtLeast,
    ReviewAtMost,
    SilentFor,
    StayingOn,
    Unanswered,
)
from schemas.transition import Dimension
from schemas.trigger import Action, Priority
from topology.domain.facts.channels import mask_of
from topology.domain.facts.instant import NEVER, Span, span
from topology.domain.policy.calendar import QuietTime
from topology.domain.policy.conditions import (
    PLACES,
    Condition,
    compile_conditions,
    compile_standing,
    minor,
)
from topology.domain.policy.delays import compile_delay
from topology.domain.policy.emitted import NewAction
from topology.domain.policy.ladders import compile_ladder
from topology.domain.policy.rulebook import (
    BookCase,
    BookRule,
    Cap,
    Delay,
    Ideal,
    Occasions,
    Rulebook,
    Scale,
    Wakes,
)
from topology.domain.policy.standing import Standings

When = TypeVar("When")


def compile_policy(policy: Policy, *, sends_everything: bool = False) -> Rulebook:
    """Make a policy ready for use. With `sends_everything` its `max_age` does not count."""
    digits = policy.minor_digits
    scores, recovery = policy.scores, policy.service_recovery
    cases = tuple(_cases(policy.rules, digits))
    firsts = tuple(
        (span(when.after_first_order), case) for when, case in _on(cases, AfterFirstOrder)
    )
    grid = {pair: cell.name for cell in policy.segments.grid for pair in cell.pairs()}
    stages = compile_ladder(policy.stages, digits)
    tiers = compile_ladder(policy.tiers, digits)
    recency = _ages(scores.recency)
    occasions = _occasions(cases, firsts, policy)
    return Rulebook(
        policy=policy,
        version=policy.version,
        currency=policy.currency,
        digits=digits,
        window=span(policy.window),
        recency=recency,
        ages=_ascending((*recency.bounds, *(delay for delay, _ in occasions.last_order))),
        frequency=_amounts(scores.frequency, 0),
        monetary=_amounts(scores.monetary, digits),
        without_orders=policy.segments.without_orders,
        stages=stages,
        tiers=tiers,
        standings=Standings(policy.segments.without_orders, grid, stages, tiers),
        bad_review=float(recovery.review_at_most),
        bad_nps=_or_none(recovery.nps_at_most),
        bad_csat=_or_none(recovery.csat_at_most),
        bad_sentiment=_or_none(recovery.sentiment_at_most),
        open_for=span(recovery.open_for),
        recovering_for=0 if recovery.recovering_for is None else span(recovery.recovering_for),
        ideal=_ideal(policy.ideal_customer, digits),
        caps=tuple(Cap(cap.at_most, span(cap.within)) for cap in policy.frequency_caps),
        quiet=QuietTime(policy.quiet_hours, policy.time_zone),
        needs_consent=policy.promotion_needs_consent,
        max_age=inf if sends_everything or policy.max_age is None else span(policy.max_age),
        rest_after=inf if policy.rest_after is None else policy.rest_after,
        rules=tuple(_rule(rule) for rule in policy.rules),
        cases=cases,
        cases_of={
            rule.name: tuple(case for case in cases if case.rule.name == rule.name)
            for rule in policy.rules
        },
        on=occasions,
        first_ages=_ascending(delay for delay, _ in firsts),
        longest_delay=max((delay for delay, _ in firsts), default=0),
        shortest_delay=min((delay for delay, _ in firsts), default=inf),
    )


def _ascending(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Each once, and one at the end that nothing outlasts."""
    return (*sorted(set(spans)), NEVER)


def _or_none(bound: float | None) -> float:
    """The worst figure that opens a case; none does if nothing is said."""
    return -inf if bound is None else float(bound)


def _ages(scale: RecencyScale) -> Scale:
    return Scale(
        tuple(span(step.younger_than) for step in scale.steps),
        (*(step.score for step in scale.steps), scale.otherwise),
    )


def _amounts(scale: AmountScale, digits: int) -> Scale:
    steps = scale.steps[::-1]
    return Scale(
        tuple(minor(step.at_least, digits) for step in steps),
        (scale.otherwise, *(step.score for step in steps)),
    )


def _ideal(ideal: IdealCustomer | None, digits: int) -> Ideal | None:
    if ideal is None:
        return None
    return Ideal(
        ideal.raises_priority_from,
        sum(each.weight for each in ideal.traits),
        tuple((each.weight, compile_standing(each.provided, digits)) for each in ideal.traits),
    )


def _rule(rule: Rule) -> BookRule:
    return BookRule(rule.name, rule.promotional, span(rule.cooldown), span(rule.expires_after))


def _cases(rules: tuple[Rule, ...], digits: int) -> Iterator[BookCase]:
    place = 0
    for rule in rules:
        for number, case in enumerate(rule.cases):
            action = NewAction(**case.action.model_dump())
            yield BookCase(
                rule=_rule(rule),
                case=case,
                action=action,
                raised=_raised(action),
                place=place,
                number=number,
                conditions=compile_conditions(case.provided, rule.name, digits),
                still=_still(case),
                recovers=_recovers(case),
                mentions=tuple(sorted(fields_of(case.reason))),
            )
            place += 1


def _raised(action: Action) -> Action:
    ranks = list(Priority)
    higher = ranks[min(ranks.index(action.priority) + 1, len(ranks) - 1)]
    return NewAction(
        kind=action.kind,
        offer=action.offer,
        channel=action.channel,
        template=action.template,
        priority=higher,
    )


_STILL = MappingProxyType(
    {
        EnteringSegment: ("segment", "entering"),
        ClimbingTo: ("stage", "climbing_to"),
        StayingOn: ("stage", "staying_on"),
        EnteringTier: ("tier", "entering_tier"),
        EnteringCare: ("care", "entering_care"),
    }
)


def _recovers(case: RuleCase) -> bool:
    return isinstance(case.when, EnteringCare) and COMPLAINT_OPEN in case.when.entering_care


def _still(case: RuleCase) -> Condition | None:
    for kind, (place, field) in _STILL.items():
        if isinstance(case.when, kind):
            names = getattr(case.when, field)
            return Condition(
                place, " or ".join(names), PLACES[place], frozenset(names).__contains__
            )
    return None


def _occasions(
    cases: tuple[BookCase, ...], firsts: tuple[tuple[int, BookCase], ...], policy: Policy
) -> Occasions:
    delays = tuple(
        Delay(case, *found)
        for case in cases
        if (found := compile_delay(case.case, policy.time_zone)) is not None
    )
    return Occasions(
        entering=_entering(cases),
        recency=_by_name(
            ((when.recency_falls_to,), case) for when, case in _on(cases, RecencyFallsTo)
        ),
        first_order=firsts,
        last_order=tuple((span(when.after_order), case) for when, case in _on(cases, AfterOrder)),
        delays=delays,
        wakes={rung.name: _wakes(delays, rung.name) for rung in policy.stages},
        bad_review=tuple(
            (float(when.review_at_most), case) for when, case in _on(cases, ReviewAtMost)
        ),
        good_review=tuple(
            (float(when.review_at_least), case) for when, case in _on(cases, ReviewAtLeast)
        ),
        mention=tuple((when.mention_at_least, case) for when, case in _on(cases, MentionAtLeast)),
        complaint=tuple(case for _, case in _on(cases, OnComplaint)),
        order_over=tuple(
            (mask_of(when.order_over), when.nth, case) for when, case in _on(cases, OrderOver)
        ),
        order_over_any=mask_of(
            tuple(each for when, _ in _on(cases, OrderOver) for each in when.order_over)
        ),
        unanswered=tuple((when.unanswered, case) for when, case in _on(cases, Unanswered)),
    )


def _entering(
    cases: tuple[BookCase, ...],
) -> Mapping[Dimension, Mapping[str, tuple[BookCase, ...]]]:
    segments = ((when.entering, case) for when, case in _on(cases, EnteringSegment))
    stages = ((when.climbing_to, case) for when, case in _on(cases, ClimbingTo))
    tiers = ((when.entering_tier, case) for when, case in _on(cases, EnteringTier))
    cares = ((when.entering_care, case) for when, case in _on(cases, EnteringCare))
    return {
        Dimension.SEGMENT: _by_name(segments),
        Dimension.STAGE: _by_name(stages),
        Dimension.TIER: _by_name(tiers),
        Dimension.CARE: _by_name(cares),
    }


def _wakes(delays: tuple[Delay, ...], stage: str) -> Wakes:
    """The delays of a stage, and one of each kind to wake up for: cases may share an instant."""
    here = tuple(delay for delay in delays if _is_for(stage, delay.case.case))
    silences: list[Span] = []
    always: dict[object, Delay] = {}
    looks: list[Delay] = []
    traits: list[Delay] = []
    for delay in here:
        when, channels = delay.case.case.when, delay.case.case.provided.bought_over
        if isinstance(when, SilentFor) and channels is None:
            silences.append(span(when.silent_for))
        elif isinstance(when, AfterResearch):
            looks.append(delay)
        elif isinstance(when, OnBirthday):
            traits.append(delay)
        elif not isinstance(when, AfterOrder):  # These are among the ages of orders.
            always[when, channels] = delay
    return Wakes(here, _ascending(silences), tuple(always.values()), tuple(looks), tuple(traits))


def _is_for(stage: str, case: RuleCase) -> bool:
    when = case.when
    stages = when.staying_on if isinstance(when, StayingOn) else case.provided.stage
    return stages is None or stage in stages


def _on(cases: tuple[BookCase, ...], kind: type[When]) -> Iterator[tuple[When, BookCase]]:
    """The cases of a kind, each with its when."""
    for case in cases:
        when = case.case.when
        if isinstance(when, kind):
            yield when, case


def _by_name(
    pairs: Iterator[tuple[tuple[Any, ...], BookCase]],
) -> Mapping[Any, tuple[BookCase, ...]]:
    found: dict[Any, list[BookCase]] = {}
    for names, case in pairs:
        for name in names:
            found.setdefault(name, []).append(case)
    return {name: tuple(those) for name, those in found.items()}
