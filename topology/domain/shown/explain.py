"""Explain: why each rule did or did not fire for a customer, by the facts.

The conditions are those that decide, and the instants those at which the clock decides.
"""

from msgspec.structs import replace

from schemas.currency import minor_digits
from schemas.customer import CaseExplanation, ConditionExplanation, RuleExplanation
from schemas.policy.whens import AfterFirstOrder
from topology.domain.facts.instant import Instant, in_calendar, span, to_datetime
from topology.domain.facts.money import write_minor
from topology.domain.facts.orders import first_order
from topology.domain.facts.state import State
from topology.domain.policy.conditions import REVENUE, Condition, hold
from topology.domain.policy.rulebook import BookCase, BookRule, Rulebook
from topology.domain.policy.words import words_of
from topology.domain.shown.view import fired_rule
from topology.domain.steps.hold import CAP, CARE, REASONS, cap_ends, held_now

NO_PROMOTION = "A complaint or bad review is open: no promotion goes out now."


def explain(state: State, book: Rulebook, as_of: Instant) -> tuple[RuleExplanation, ...]:
    """Return an explanation for each rule of the policy, as of the instant `as_of`."""
    at = max(as_of, state.as_of)
    state = replace(state, as_of=at)
    return tuple(_explain(rule, state, book, at) for rule in book.rules)


def _explain(rule: BookRule, state: State, book: Rulebook, at: Instant) -> RuleExplanation:
    cases = tuple(
        _case(case, state, _due(case, state, book, at), book) for case in book.cases_of[rule.name]
    )
    fired = state.memory.last_fired(rule.name)
    next_at = min((case.due_at for case in cases if case.due_at is not None), default=None)
    held = held_now(state, state.memory, at, book) if rule.promotional else None
    occasions = "; or ".join(_in_words(case) for case in cases)
    if fired is not None and at < fired.at + rule.cooldown:
        kind = "resting"
        because = f"It fired at {_iso(fired.at)} and rests until {_iso(fired.at + rule.cooldown)}."
    elif held is not None:
        kind, because = "held", _until(held, state, book)
    elif next_at is not None:
        kind, because = "waiting", f"It is due at {next_at.isoformat()}: {occasions}."
    elif fired is not None:
        kind, because = "fired", f"It fired at {_iso(fired.at)}; it fires again {occasions}."
    else:
        kind, because = "idle", f"It fires {occasions}."
    return RuleExplanation(
        rule=rule.name,
        promotional=rule.promotional,
        fired=None if fired is None else fired_rule(rule, fired),
        state=kind,
        next_at=next_at,
        held_by=None if held is None else REASONS[held],
        cases=cases,
        because=because + _of_late(rule, state),
    )


def _until(held: str, state: State, book: Rulebook) -> str:
    if held == CARE:
        return NO_PROMOTION
    said = REASONS[held][0].upper() + REASONS[held][1:]
    if held != CAP:
        return f"{said}."
    return f"{said}; the next may go out at {_iso(cap_ends(state.memory, book))}."


def _of_late(rule: BookRule, state: State) -> str:
    said = ""
    held = [each for each in state.memory.held if each.rule == rule.name]
    if held:
        said += f" It was last held back at {_iso(held[-1].at)}."
    if any(each.rule == rule.name for each in state.memory.waiting):
        said += " It waits to be decided afresh."
    return said


def _case(case: BookCase, state: State, due: Instant | None, book: Rulebook) -> CaseExplanation:
    return CaseExplanation(
        when=words_of(case.case),
        due_at=in_calendar(due),
        conditions=tuple(_condition(each, state, book) for each in case.conditions),
    )


def _condition(condition: Condition, state: State, book: Rulebook) -> ConditionExplanation:
    fact, currency = condition.read(state), state.currency
    shown = condition.show(fact)
    if condition.field == REVENUE and currency and currency != book.currency:
        shown = write_minor(fact, minor_digits(currency), currency)
    return ConditionExplanation(
        field=condition.field,
        wanted=condition.wanted,
        fact=shown,
        met=condition.accepts(fact),
    )


def _due(case: BookCase, state: State, book: Rulebook, at: Instant) -> Instant | None:
    """When a case is due next, as things are: only if its conditions hold."""
    if not hold(case.conditions, state):
        return None
    when = case.case.when
    if isinstance(when, AfterFirstOrder):
        first = first_order(state.facts)
        due = None if first is None else first.at + span(when.after_first_order)
        return due if due is not None and due > at else None
    return next((each.due(state, at + 1) for each in book.on.delays if each.case is case), None)


def _in_words(case: CaseExplanation) -> str:
    """Such as: on entering loyal, provided monetary_score is at most 2 (now: 3)."""
    said = case.when
    for each in case.conditions:
        fact = str(each.fact).lower() if isinstance(each.fact, bool) else each.fact
        said += f", provided {each.field} is {each.wanted} (now: {fact})"
    return said


def _iso(at: Instant) -> str:
    return to_datetime(at).isoformat()
