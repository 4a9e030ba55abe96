"""Explain: why each rule did or did not fire for a customer, by the facts."""

from schemas.customer import RuleExplanation
from schemas.policy.model import AfterFirstOrder, EnteringSegment, ReviewAtMost
from topology.domain.care import open_cases
from topology.domain.instant import Instant, span, to_datetime
from topology.domain.orders import first_order
from topology.domain.rulebook import BookCase, BookRule, Rulebook
from topology.domain.state import State
from topology.domain.view import fired_rule
from topology.domain.wake import may_hold


def explain(state: State, book: Rulebook, as_of: Instant) -> tuple[RuleExplanation, ...]:
    """Return an explanation for each rule of the policy, as of the instant `as_of`."""
    return tuple(_explain(rule, state, book, max(as_of, state.as_of)) for rule in book.rules)


def _explain(rule: BookRule, state: State, book: Rulebook, at: Instant) -> RuleExplanation:
    cases = [case for case in book.cases if case.rule.name == rule.name]
    fired = state.memory.last_fired(rule.name)
    next_at = _due(cases, state, at)
    held = [each for each in state.memory.held if each.rule == rule.name]
    waits_for = "; or ".join(_occasion(case, state) for case in cases)
    if rule.promotional and open_cases(state.facts, at, book):
        kind, because = "held", "A complaint or bad review is open: no promotion goes out now."
    elif fired is not None and at < fired.at + rule.cooldown:
        kind = "resting"
        rests = to_datetime(fired.at + rule.cooldown).isoformat()
        because = f"It fired at {to_datetime(fired.at).isoformat()} and rests until {rests}."
    elif next_at is not None:
        kind, because = "waiting", f"It is due at {to_datetime(next_at).isoformat()}: {waits_for}."
    elif fired is not None:
        kind = "fired"
        because = f"It fired at {to_datetime(fired.at).isoformat()}; it fires again {waits_for}."
    else:
        kind, because = "idle", f"It fires {waits_for}."
    if held:
        because += f" It was last held back at {to_datetime(held[-1].at).isoformat()}."
    return RuleExplanation(
        rule=rule.name,
        promotional=rule.promotional,
        fired=None if fired is None else fired_rule(rule, fired),
        state=kind,
        next_at=None if next_at is None else to_datetime(next_at),
        because=because,
    )


def _due(cases: list[BookCase], state: State, at: Instant) -> Instant | None:
    first = first_order(state.facts)
    if first is None:
        return None
    for case in cases:
        when = case.case.when
        if isinstance(when, AfterFirstOrder) and may_hold(case, state.sheet):
            due = first.at + span(when.after_first_order)
            if due > at:
                return due
    return None


def _occasion(case: BookCase, state: State) -> str:
    when = case.case.when
    sheet = state.sheet
    if isinstance(when, EnteringSegment):
        text = f"on entering {' or '.join(when.entering)} (now: {state.segment})"
    elif isinstance(when, AfterFirstOrder):
        days = when.after_first_order.days
        text = f"{days} days after the first order (orders so far: {sheet.orders_total})"
    elif isinstance(when, ReviewAtMost):
        text = f"on a review of {when.review_at_most} or less"
    else:
        text = "when a complaint is filed"
    for field, low, high in case.bounds:
        value = getattr(sheet, field)
        if low is not None:
            text += f", provided {field} is at least {low} (now: {value})"
        if high is not None:
            text += f", provided {field} is at most {high} (now: {value})"
    return text
