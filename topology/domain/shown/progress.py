"""Progress: how far a customer is from what sets a case off, for a person to read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from schemas.counted import counted
from schemas.policy import whens
from schemas.policy.duration import write_duration
from schemas.policy.part import PolicyPart
from topology.domain.facts.channels import mask_of
from topology.domain.facts.instant import DAY, HOUR, NEVER, Instant, Span, span, to_datetime
from topology.domain.facts.orders import first_order, has_over
from topology.domain.facts.person import BIRTHDAY
from topology.domain.facts.state import State
from topology.domain.policy.delays import last_sign, usual_gap
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rules.case import BookCase
from topology.domain.rules.conditions import StandingCondition
from topology.domain.rules.ladders import BookLadder
from topology.domain.steps.score import score


@dataclass(frozen=True, slots=True)
class Silence:
    """The segment of a customer who has not ordered for so long, and the one just before."""

    lasts: Span
    segment: str
    before: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """A row at an instant, and where its customer goes from there without another order."""

    state: State
    book: Rulebook
    at: Instant
    silences: tuple[Silence, ...]
    """From the shortest on."""


def outlook_of(state: State, book: Rulebook, at: Instant) -> Outlook:
    """Look ahead: at each age of the last order at which R will fall."""
    last = state.sheet.last_order_at
    if last is None:
        return Outlook(state, book, at, ())

    def segment_at(instant: Instant) -> str:
        return book.standings.of(state.facts, score(state.facts, instant, book)).segment

    ages = (age for age in book.recency.bounds if last + age > at)
    return Outlook(
        state,
        book,
        at,
        tuple(
            Silence(age, segment_at(last + age), segment_at(last + age - 1))
            for age in ages
            if last + age < NEVER
        ),
    )


def progress_of(case: BookCase, outlook: Outlook) -> str:
    """How far it is, in words; empty if there is nothing to say of it."""
    found = _PROGRESS.get(type(case.case.when))
    return "" if found is None else found(case, outlook)


def _when(case: BookCase) -> Any:
    """What sets it off: of the kind that the function is for."""
    return case.case.when


def passed_of(needed: Span, since: Instant, at: Instant) -> str:
    """How much of a time has passed, in its own unit, such as: 23 of them have passed."""
    passed = max(at - since, 0)
    if passed >= needed:
        return f"they ended at {to_datetime(since + needed).isoformat()}"
    units = passed // _unit_of(needed)
    return f"{units or 'none'} of them {'has' if units <= 1 else 'have'} passed"


def _unit_of(needed: Span) -> Span:
    return next((unit for unit in (DAY, HOUR) if needed % unit == 0), HOUR // 60)


def _entering(case: BookCase, outlook: Outlook) -> str:
    targets, now = _when(case).entering, outlook.state.segment
    if now in targets:
        return f"now: {now}, and to enter it the customer must leave it first"
    for silence in outlook.silences:
        if silence.segment in targets and silence.before not in targets:
            return f"now: {now}; {_without_an_order(silence.lasts, outlook)}"
    return f"now: {now}"


def _without_an_order(needed: Span, outlook: Outlook) -> str:
    last = outlook.state.sheet.last_order_at
    assert last is not None  # noqa: S101 - without an order there is no silence after one
    return f"{_duration(needed)} without an order, and {passed_of(needed, last, outlook.at)}"


def _duration(needed: Span) -> str:
    return write_duration(timedelta(microseconds=needed))


def _recency(case: BookCase, outlook: Outlook) -> str:
    wanted, sheet, scale = (
        _when(case).recency_falls_to,
        outlook.state.sheet,
        outlook.book.recency,
    )
    if sheet.last_order_at is None:
        return _NO_ORDER
    if sheet.recency <= wanted:
        return f"now: {sheet.recency}, and only an order raises it"
    needed = next(
        (
            age
            for age, score_ in zip(scale.bounds, scale.scores[1:], strict=True)
            if score_ == wanted
        ),
        None,
    )
    now = f"now: {sheet.recency}"
    return now if needed is None else f"{now}; {_without_an_order(needed, outlook)}"


def _rungs(now: str, targets: tuple[str, ...], ladder: BookLadder, outlook: Outlook) -> str:
    """Where the customer stands on a ladder, and what the nearest of some rungs takes."""
    height = ladder.heights.get(now, -1)
    above = [rung for rung in reversed(ladder.rungs) if rung.name in targets]
    nearest = next((rung for rung in above if ladder.heights[rung.name] > height), None)
    if nearest is None:
        return f"now: {now}"
    takes = " or ".join(_line(line, outlook.state) for line in nearest.lines)
    return f"now: {now}; {nearest.name} takes {takes}"


def _line(conditions: tuple[StandingCondition, ...], state: State) -> str:
    return " and ".join(
        f"{each.field} {each.wanted} (now: {said(each.show(each.read(state.facts, state.sheet)))})"
        for each in conditions
    )


def said(fact: object) -> object:
    """A fact as a policy writes it: true and not True."""
    return str(fact).lower() if isinstance(fact, bool) else fact


def _climbing(case: BookCase, outlook: Outlook) -> str:
    state, stages = outlook.state, outlook.book.stages
    return _rungs(state.stage, _when(case).climbing_to, stages, outlook)


def _tier(case: BookCase, outlook: Outlook) -> str:
    return _rungs(outlook.state.tier, _when(case).entering_tier, outlook.book.tiers, outlook)


def _care(_case: BookCase, outlook: Outlook) -> str:
    return f"now: {outlook.state.care}"


def _first_order(case: BookCase, outlook: Outlook) -> str:
    facts = outlook.state.facts
    if facts.past is not None:
        return "the first order was long ago"
    first, needed = first_order(facts), span(_when(case).after_first_order)
    if first is None:
        return _NO_ORDER
    passed = passed_of(needed, first.at, outlook.at)
    ended = outlook.at - first.at >= needed
    return f"{passed}, and there is only one first order" if ended else passed


def _last_order(case: BookCase, outlook: Outlook) -> str:
    last = outlook.state.sheet.last_order_at
    return _NO_ORDER if last is None else _since(case, last, outlook, "the next order")


def _usual_gaps(case: BookCase, outlook: Outlook) -> str:
    sheet = outlook.state.sheet
    last = sheet.last_order_at
    if last is None or usual_gap(sheet) is None:
        orders = counted(sheet.orders_in_window, "order")
        return f"{orders} in the window: it takes two to know a gap"
    return _since(case, last, outlook, "the next order", is_of_own=True)


def _research(case: BookCase, outlook: Outlook) -> str:
    looked, last = outlook.state.facts.looked_at, outlook.state.sheet.last_order_at
    if looked is None or (last is not None and last >= looked):
        return "no look around since the last order" if looked else "no look around so far"
    return _since(case, looked, outlook, "the next look around")


def _staying(case: BookCase, outlook: Outlook) -> str:
    state = outlook.state
    if state.stage not in _when(case).staying_on or state.stage_since is None:
        return f"now: {state.stage}"
    return _since(case, state.stage_since, outlook, "who comes back to it")


def _silent(case: BookCase, outlook: Outlook) -> str:
    return _since(case, last_sign(outlook.state.facts), outlook, "the next sign of life")


def _since(
    case: BookCase, since: Instant, outlook: Outlook, anew: str, *, is_of_own: bool = False
) -> str:
    """How much of a delay has passed; one that is the customer's own is told, too."""
    delay = next(each for each in outlook.book.on.delays if each.case is case)
    due = delay.due(outlook.state, -NEVER)
    if due is None:  # Its conditions say why.
        return ""
    passed = passed_of(due - since, since, outlook.at)
    if due <= outlook.at:
        return f"{passed}, and {anew} begins them anew"
    return f"about {counted((due - since) // DAY, 'day')}; {passed}" if is_of_own else passed


def _order_over(case: BookCase, outlook: Outlook) -> str:
    when, facts = _when(case), outlook.state.facts
    mask = mask_of(when.order_over)
    many = sum(has_over(facts, mask, nth) for nth in range(1, when.nth + 1))
    return "it came already" if many == when.nth else f"{counted(many, 'such order')} so far"


def _unanswered(_case: BookCase, outlook: Outlook) -> str:
    return f"{counted(len(outlook.state.facts.attempts), 'attempt')} so far"


def _birthday(_case: BookCase, outlook: Outlook) -> str:
    return "" if outlook.state.facts.person.trait(BIRTHDAY) else "nobody has told it"


_NO_ORDER: Final = "no order so far"

_PROGRESS: Final[Mapping[type[PolicyPart], Callable[[Any, Outlook], str]]] = MappingProxyType(
    {
        whens.EnteringSegment: _entering,
        whens.EnteringTier: _tier,
        whens.EnteringCare: _care,
        whens.ClimbingTo: _climbing,
        whens.StayingOn: _staying,
        whens.AfterFirstOrder: _first_order,
        whens.AfterOrder: _last_order,
        whens.AfterUsualGaps: _usual_gaps,
        whens.AfterResearch: _research,
        whens.OrderOver: _order_over,
        whens.RecencyFallsTo: _recency,
        whens.OnBirthday: _birthday,
        whens.Unanswered: _unanswered,
        whens.SilentFor: _silent,
    }
)
"""By the kind of occasion. Who waits for a review, a mention or a complaint has no way to go."""
