"""Explain: why each rule did or did not fire for a customer, by the inputs.

The conditions are those that decide, and the instants those at which the clock decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from schemas.currency import minor_digits
from schemas.customer import CaseExplanation, ConditionExplanation, RuleExplanation
from topology.domain.history.instant import NEVER, Instant, in_calendar, to_datetime
from topology.domain.history.memory import Fired, Hold
from topology.domain.history.money import write_minor
from topology.domain.history.record import replace
from topology.domain.history.state import State
from topology.domain.occasions.families import progress_of, words_of
from topology.domain.occasions.progress import NoOrder, Outlook, as_written
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rules.case import BookCase, BookRule
from topology.domain.rules.conditions import REVENUE, Condition, are_met
from topology.domain.steps.care import closed_at, open_cases
from topology.domain.steps.promotion_gate import (
    CAP,
    CARE,
    CONSENT,
    REASONS,
    REST,
    SUPPRESSED,
    cap_ends,
    held_now,
)
from topology.domain.steps.score import score
from topology.domain.view.view import fired_rule


@dataclass(frozen=True, slots=True)
class PolicyOutlook(Outlook):
    """An outlook, and the policy by which it is one."""

    book: Rulebook


_ENDS_WHEN: Final = {
    SUPPRESSED: "when the customer is taken off the list",
    CARE: "when the case is closed",
    CONSENT: "when the customer agrees",
    REST: "when the customer acts",
}
"""What ends a hold that has no end of its own, or may end earlier."""


def explain(state: State, book: Rulebook, as_of: Instant) -> tuple[RuleExplanation, ...]:
    """Return an explanation for each rule of the policy, as of the instant `as_of`."""
    at = max(as_of, state.as_of)
    outlook = outlook_of(replace(state, as_of=at), book, at)
    return tuple(_explain(rule, outlook) for rule in book.rules)


def _explain(rule: BookRule, outlook: PolicyOutlook) -> RuleExplanation:
    state, book, at = outlook.state, outlook.book, outlook.at
    cases = tuple(_case(case, outlook) for case in book.cases_of[rule.name])
    fired = state.memory.last_fired(rule.name)
    hold = next((each for each in state.memory.holds if each.rule == rule.name), None)
    gate = held_now(state, state.memory, at, book) if rule.promotional else None
    next_at = min((case.due_at for case in cases if case.due_at is not None), default=None)
    rests = fired is not None and at < fired.at + rule.cooldown
    if hold is not None:
        kind, because = "held", _held(hold, gate, outlook)
    elif rests:
        kind, because = "resting", _waits_for(cases, "Then it waits")
    elif next_at is not None:
        kind, because = "waiting", f"{_waits_for(cases)} It is due at {next_at.isoformat()}."
    else:
        kind, because = ("idle" if fired is None else "fired"), _waits_for(cases)
    sentences = [because, _fired(rule, fired, is_resting=rests)]
    if hold is None:
        sentences = [*reversed(sentences), _held_before(rule, state)]
        if gate is not None and not rests:
            sentences.append(f"If that happened now, it would be held: {_by(gate, outlook)}.")
        if state.settles_at is not None:
            sentences.append(
                "The customer's history is still coming in: by the clock nothing is decided before "
                f"{_iso(state.settles_at)}."
            )
    return RuleExplanation(
        rule=rule.name,
        promotional=rule.promotional,
        fired=None if fired is None else fired_rule(rule, fired),
        state=kind,
        next_at=next_at,
        held_by=REASONS[gate] if hold is not None and gate is not None else None,
        held_since=None if hold is None else to_datetime(hold.since),
        held_until=None if hold is None else in_calendar(_decided_at(gate, outlook)),
        would_be_held_by=None if gate is None else REASONS[gate],
        cases=cases,
        because=" ".join(filter(None, sentences)),
    )


def _fired(rule: BookRule, fired: Fired | None, *, is_resting: bool) -> str:
    if fired is None:
        return ""
    rests = f" and rests until {_iso(fired.at + rule.cooldown)}" if is_resting else ""
    return f"It fired at {_iso(fired.at)}{rests}."


def _waits_for(cases: tuple[CaseExplanation, ...], begin: str = "It waits") -> str:
    return f"{begin} for: {'; or '.join(_in_words(case) for case in cases)}."


def _held(hold: Hold, gate: str | None, outlook: PolicyOutlook) -> str:
    """Why a promotion is held, since when, and what will end that."""
    cases = outlook.book.cases_of.get(hold.rule, ())
    case = cases[hold.case] if hold.case < len(cases) else None
    occasion = hold.what if case is None else words_of(case.case)
    by = _by(gate, outlook)
    return (
        f"{by[0].upper()}{by[1:]}. So its occasion of {_iso(hold.since)} ({occasion}) is held, "
        f"and is decided again {_when_decided(gate, outlook)}."
    )


def _by(gate: str | None, outlook: PolicyOutlook) -> str:
    if gate is None:
        return "it has not been decided again yet"
    until = f", until {_iso(cap_ends(outlook.state.memory, outlook.book))}" if gate == CAP else ""
    return f"{REASONS[gate]}{until}"


def _when_decided(gate: str | None, outlook: PolicyOutlook) -> str:
    at = in_calendar(_decided_at(gate, outlook))
    when = _ENDS_WHEN.get(gate or "")
    if at is None:
        return when or "when something changes for the customer"
    return f"at {at.isoformat()}" if when is None else f"{when}, at {at.isoformat()} at the latest"


def _decided_at(gate: str | None, outlook: PolicyOutlook) -> Instant | None:
    """When a held occasion is decided again, at the latest; None if nobody knows."""
    state, book = outlook.state, outlook.book
    if gate == CAP:
        return cap_ends(state.memory, book)
    if gate == CARE:
        cases = open_cases(state.history, outlook.at, book)
        return max((closed_at(case, state.history, book) for case in cases), default=None)
    return state.settles_at if gate is None else None


def _held_before(rule: BookRule, state: State) -> str:
    held = [each for each in state.memory.held if each.rule == rule.name]
    if not held:
        return ""
    reason = REASONS.get(held[-1].reason, held[-1].reason)
    return f"It was last held back at {_iso(held[-1].at)}: {reason}."


def _case(case: BookCase, outlook: PolicyOutlook) -> CaseExplanation:
    conditions = (_condition(each, outlook.state, outlook.book) for each in case.conditions)
    return CaseExplanation(
        when=words_of(case.case),
        progress=progress_of(case, outlook) or None,
        due_at=in_calendar(_due(case, outlook)),
        conditions=tuple(conditions),
    )


def _condition(condition: Condition, state: State, book: Rulebook) -> ConditionExplanation:
    value, currency = condition.read(state), state.currency
    text = condition.show(value)
    if condition.field == REVENUE and currency and currency != book.currency:
        text = write_minor(value, minor_digits(currency), currency)
    return ConditionExplanation(
        field=condition.field,
        wanted=condition.wanted,
        fact=text,
        met=condition.accepts(value),
    )


def _due(case: BookCase, outlook: PolicyOutlook) -> Instant | None:
    """When a case is due next, as things are: only if its conditions hold."""
    state, at = outlook.state, outlook.at
    if not are_met(case.conditions, state):
        return None
    delay = outlook.delays.get(case.place)
    return None if delay is None else delay.due.next(state, at + 1)


def _in_words(case: CaseExplanation) -> str:
    """Such as: entering loyal (now: champions), provided monetary_score is at most 2 (now: 3)."""
    words = case.when if case.progress is None else f"{case.when} ({case.progress})"
    for each in case.conditions:
        words += f", provided {each.field} is {each.wanted} (now: {as_written(each.fact)})"
    return words


def _iso(at: Instant) -> str:
    return to_datetime(at).isoformat()


def outlook_of(state: State, book: Rulebook, at: Instant) -> PolicyOutlook:
    """Look ahead: at each age of the last order at which R will fall."""
    return PolicyOutlook(
        state=state,
        at=at,
        recency=book.recency,
        stages=book.stages,
        tiers=book.tiers,
        delays=book.on.delays,
        no_orders=tuple(_no_orders(state, book, at)),
        book=book,
    )


def _no_orders(state: State, book: Rulebook, at: Instant) -> Iterator[NoOrder]:
    last = state.scores.last_order_at
    if last is None:
        return

    def segment_at(instant: Instant) -> str:
        return book.classifier.of(state.history, score(state.history, instant, book)).segment

    for age in book.recency.bounds:
        if at < last + age < NEVER:
            yield NoOrder(age, segment_at(last + age), segment_at(last + age - 1))
