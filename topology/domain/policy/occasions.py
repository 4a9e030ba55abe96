"""Occasions, compiled: a policy's cases by what may set them off, and what the clock wakes for."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from schemas.policy.model import Policy
from schemas.policy.rules import RuleCase
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
from topology.domain.facts.channels import mask_of
from topology.domain.facts.instant import NEVER, Span, span
from topology.domain.policy.delays import compile_delay
from topology.domain.policy.rulebook import Delay, Occasions, Wakes
from topology.domain.rules.case import BookCase

When = TypeVar("When")


def ascending(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Each once, and one at the end that nothing outlasts."""
    return (*sorted(set(spans)), NEVER)


def compile_occasions(cases: tuple[BookCase, ...], policy: Policy) -> Occasions:
    """Sort a policy's cases by what may set them off."""
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
        first_order=tuple(
            (span(when.after_first_order), case) for when, case in _on(cases, AfterFirstOrder)
        ),
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
    return Wakes(here, ascending(silences), tuple(always.values()), tuple(looks), tuple(traits))


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
