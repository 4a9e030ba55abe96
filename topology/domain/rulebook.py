"""The policy, made ready: spans in microseconds, money in minor units, cases by occasion."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, inf
from types import MappingProxyType

from schemas.policy.model import (
    AfterFirstOrder,
    EnteringSegment,
    OnComplaint,
    Policy,
    ReviewAtMost,
    Rule,
    RuleCase,
)
from schemas.policy.reason import fields_of
from schemas.policy.scores import AmountScale, RecencyScale
from schemas.trigger import Action
from topology.domain.emitted import NewAction
from topology.domain.instant import Span, span
from topology.domain.state import Sheet


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale of scores: the bounds ascend, and there is one score more than there are bounds.

    The first score is that of figures below all bounds; a figure at a bound is above it.
    """

    bounds: tuple[int, ...]
    scores: tuple[int, ...]

    def of(self, figure: int) -> int:
        """The score of a figure: an age, an amount or a count."""
        return self.scores[bisect_right(self.bounds, figure)]

    def next_bound(self, figure: int) -> int | None:
        """The first bound above a figure, or None."""
        place = bisect_right(self.bounds, figure)
        return self.bounds[place] if place < len(self.bounds) else None


@dataclass(frozen=True, slots=True)
class BookRule:
    """A rule; its cooldown and the life of its triggers are spans in microseconds."""

    name: str
    promotional: bool
    cooldown: Span
    expires_after: Span


@dataclass(frozen=True, slots=True)
class BookCase:
    """One way in which a rule comes to fire."""

    rule: BookRule
    case: RuleCase
    action: Action
    place: int
    """Its place in the policy: triggers of one instant come in this order."""
    bounds: tuple[tuple[str, int | None, int | None], ...]
    """Conditions on the sheet: (field, at least, at most); revenue in minor units."""
    mentions: tuple[str, ...]
    """The facts that the reason names."""

    def holds(self, sheet: Sheet) -> bool:
        """True if every condition holds for these figures."""
        for field, low, high in self.bounds:
            value: int = getattr(sheet, field)
            if (low is not None and value < low) or (high is not None and value > high):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A compiled policy."""

    policy: Policy
    version: str
    currency: str
    digits: int
    window: Span
    recency: Scale
    frequency: Scale
    monetary: Scale
    without_orders: str
    grid: Mapping[tuple[int, int], str]
    rules: tuple[BookRule, ...]
    cases: tuple[BookCase, ...]
    on_entering: Mapping[str, tuple[BookCase, ...]]
    after_first_order: tuple[tuple[Span, BookCase], ...]
    delays_up_to: float
    """With more orders than this in all, no delay after the first order matters."""
    shortest_delay: float
    on_review: tuple[tuple[float, BookCase], ...]
    on_complaint: tuple[BookCase, ...]
    bad_review: float
    """A review with this rating or a lower one opens service recovery."""
    open_for: Span


def compile_policy(policy: Policy) -> Rulebook:
    """Make a policy ready for use."""
    digits = policy.minor_digits
    scores = policy.scores
    cases = _compile_cases(policy.rules, digits)
    delays = tuple(
        (span(case.case.when.after_first_order), case)
        for case in cases
        if isinstance(case.case.when, AfterFirstOrder)
    )
    return Rulebook(
        policy=policy,
        version=policy.version,
        currency=policy.currency,
        digits=digits,
        window=span(policy.window),
        recency=_ages(scores.recency),
        frequency=_amounts(scores.frequency, 0),
        monetary=_amounts(scores.monetary, digits),
        without_orders=policy.segments.without_orders,
        grid={pair: cell.name for cell in policy.segments.grid for pair in cell.pairs()},
        rules=tuple(_compile_rule(rule) for rule in policy.rules),
        cases=cases,
        on_entering=_by_segment(cases),
        after_first_order=delays,
        delays_up_to=max((_most_orders(case) for _, case in delays), default=-1),
        shortest_delay=min((delay for delay, _ in delays), default=inf),
        on_review=tuple(
            (float(case.case.when.review_at_most), case)
            for case in cases
            if isinstance(case.case.when, ReviewAtMost)
        ),
        on_complaint=tuple(case for case in cases if isinstance(case.case.when, OnComplaint)),
        bad_review=float(policy.service_recovery.review_at_most),
        open_for=span(policy.service_recovery.open_for),
    )


def _ages(scale: RecencyScale) -> Scale:
    return Scale(
        tuple(span(step.younger_than) for step in scale.steps),
        (*(step.score for step in scale.steps), scale.otherwise),
    )


def _amounts(scale: AmountScale, digits: int) -> Scale:
    steps = scale.steps[::-1]
    return Scale(
        tuple(_minor(step.at_least, digits) for step in steps),
        (scale.otherwise, *(step.score for step in steps)),
    )


def _minor(amount: Decimal, digits: int) -> int:
    return ceil(amount.scaleb(digits))


def _compile_rule(rule: Rule) -> BookRule:
    return BookRule(rule.name, rule.promotional, span(rule.cooldown), span(rule.expires_after))


def _compile_cases(rules: tuple[Rule, ...], digits: int) -> tuple[BookCase, ...]:
    pairs = [(_compile_rule(rule), case) for rule in rules for case in rule.cases]
    return tuple(
        BookCase(
            rule,
            case,
            NewAction(**case.action.model_dump()),
            place,
            _compile_bounds(case, digits),
            tuple(sorted(fields_of(case.reason))),
        )
        for place, (rule, case) in enumerate(pairs)
    )


_SHEET_FIELDS = MappingProxyType(
    {
        "recency_score": "recency",
        "frequency_score": "frequency",
        "monetary_score": "monetary",
        "orders_in_window": "orders_in_window",
        "revenue_in_window": "revenue_in_window",
        "orders_total": "orders_total",
    }
)


def _compile_bounds(case: RuleCase, digits: int) -> tuple[tuple[str, int | None, int | None], ...]:
    found = []
    for name, field in _SHEET_FIELDS.items():
        bounds = getattr(case.provided, name)
        if bounds is None:
            continue
        scale = digits if name == "revenue_in_window" else 0
        low = None if bounds.at_least is None else _minor(bounds.at_least, scale)
        high = None if bounds.at_most is None else int(bounds.at_most.scaleb(scale))
        found.append((field, low, high))
    return tuple(found)


def _most_orders(case: BookCase) -> float:
    """The most orders in all with which a case may hold."""
    highs = (high for field, _, high in case.bounds if field == "orders_total")
    return min((inf if high is None else high for high in highs), default=inf)


def _by_segment(cases: tuple[BookCase, ...]) -> Mapping[str, tuple[BookCase, ...]]:
    found: dict[str, list[BookCase]] = {}
    for case in cases:
        if isinstance(case.case.when, EnteringSegment):
            for segment in case.case.when.entering:
                found.setdefault(segment, []).append(case)
    return MappingProxyType({segment: tuple(those) for segment, those in found.items()})
