"""Compiles a policy once at the start, so that no event looks up or converts anything."""

from collections.abc import Iterator
from math import inf
from zoneinfo import ZoneInfo

from schemas.dimensions import Dimension
from schemas.messages.spelling import as_purpose
from schemas.messages.traits import READ_TRAITS, KeptNames
from schemas.policy.care import COMPLAINT_OPEN
from schemas.policy.ideal import IdealCustomer
from schemas.policy.model import Policy
from schemas.policy.reason import fields_of
from schemas.policy.rules import Rule
from schemas.policy.scores import AmountScale, RecencyScale
from schemas.trigger import Action, Priority
from topology.domain.history.consent import ALL
from topology.domain.history.exchange import Exchange
from topology.domain.history.instant import NEVER, span
from topology.domain.occasions.compiled import ascending, compile_occasions
from topology.domain.occasions.families import kind_of
from topology.domain.policy.classifier import Classifier
from topology.domain.policy.rulebook import Cap, Ideal, Rulebook
from topology.domain.rules.calendar import QuietTime
from topology.domain.rules.case import BookCase, BookRule
from topology.domain.rules.conditions import (
    Condition,
    compile_conditions,
    compile_profile_conditions,
    minor,
)
from topology.domain.rules.emitted import NewAction
from topology.domain.rules.ladders import compile_ladder
from topology.domain.rules.scale import Scale


def compile_policy(policy: Policy, *, sends_everything: bool = False) -> Rulebook:
    """Make a policy ready for use.

    With `sends_everything` no event is too old: neither `max_age` nor `oldest_event` counts.
    """
    digits = policy.minor_digits
    scores, recovery = policy.scores, policy.service_recovery
    cases = tuple(_cases(policy.rules, digits))
    stages = compile_ladder(policy.stages, digits)
    tiers = compile_ladder(policy.tiers, digits)
    recency = _ages(scores.recency)
    occasions = compile_occasions(cases, policy)
    return Rulebook(
        policy=policy,
        version=policy.version,
        currency=policy.currency,
        digits=digits,
        exchange=Exchange(policy.currency, digits, ZoneInfo(policy.time_zone), policy.rates),
        window=span(policy.window),
        recency=recency,
        ages=ascending((*recency.bounds, *occasions.last_ages)),
        frequency=_amounts(scores.frequency, 0),
        monetary=_amounts(scores.monetary, digits),
        stages=stages,
        tiers=tiers,
        classifier=Classifier(policy, stages, tiers),
        bad_review=float(recovery.review_at_most),
        bad_nps=_or_none(recovery.nps_at_most),
        bad_csat=_or_none(recovery.csat_at_most),
        bad_sentiment=_or_none(recovery.sentiment_at_most),
        open_for=span(recovery.open_for),
        recovering_for=0 if recovery.recovering_for is None else span(recovery.recovering_for),
        ideal=_ideal(policy.ideal_customer, digits),
        caps=tuple(Cap(cap.at_most, span(cap.within)) for cap in policy.frequency_caps),
        quiet=QuietTime(policy.quiet_hours, policy.time_zone),
        needs_consent=_needed(policy),
        kept=_kept(policy),
        max_age=inf if sends_everything or policy.max_age is None else span(policy.max_age),
        oldest_event=NEVER if sends_everything else span(policy.oldest_event),
        settle_for=span(policy.history_settles_after),
        adoption_fires=policy.adoption == "fire",
        rest_after=inf if policy.rest_after is None else policy.rest_after,
        most_orders_per_day=(
            inf if policy.most_orders_per_day is None else policy.most_orders_per_day
        ),
        rules=tuple(_rule(rule) for rule in policy.rules),
        cases=cases,
        cases_of={
            rule.name: tuple(case for case in cases if case.rule.name == rule.name)
            for rule in policy.rules
        },
        on=occasions,
    )


def _needed(policy: Policy) -> str | None:
    needed = policy.promotion_needs_consent
    return None if needed is None else as_purpose(needed)


def _kept(policy: Policy) -> KeptNames:
    needed = _needed(policy)
    return KeptNames(
        READ_TRAITS | policy.trait_names,
        frozenset({ALL}) if needed is None else frozenset({ALL, needed}),
    )


def _or_none(bound: float | None) -> float:
    """The worst figure that opens a case; without a bound none does."""
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
        tuple(
            (each.weight, compile_profile_conditions(each.provided, digits))
            for each in ideal.traits
        ),
    )


def _rule(rule: Rule) -> BookRule:
    return BookRule(rule.name, rule.promotional, span(rule.cooldown), span(rule.expires_after))


def _cases(rules: tuple[Rule, ...], digits: int) -> Iterator[BookCase]:
    place = 0
    for rule in rules:
        for number, case in enumerate(rule.cases):
            action = NewAction(**case.action.model_dump())
            kind = kind_of(case)
            still = kind.still(case.when)
            yield BookCase(
                rule=_rule(rule),
                case=case,
                action=action,
                raised=_raised(action),
                place=place,
                number=number,
                conditions=compile_conditions(case.provided, rule.name, digits),
                still=still,
                ended_by=kind.ended_by,
                recovers=_recovers(still),
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


def _recovers(still: Condition | None) -> bool:
    """True if a case is about customers whose complaint is open."""
    return still is not None and still.field == Dimension.CARE and still.accepts(COMPLAINT_OPEN)
