"""Progress: how far a customer is from an occasion, and the sentences that several kinds share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from schemas.counted import agreeing, counted
from schemas.policy.duration import write_duration
from topology.domain.history.instant import DAY, HOUR, NEVER, Instant, Span, to_datetime
from topology.domain.history.state import State
from topology.domain.occasions.set_off import Delay
from topology.domain.rules.case import BookCase
from topology.domain.rules.conditions import ProfileCondition
from topology.domain.rules.ladders import BookLadder
from topology.domain.rules.scale import Scale


@dataclass(frozen=True, slots=True)
class NoOrder:
    """The segment of a customer who has not ordered for so long, and the one just before."""

    lasts: Span
    segment: str
    before: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """A row at an instant, with all that a sentence about progress needs."""

    state: State
    at: Instant
    recency: Scale
    stages: BookLadder
    tiers: BookLadder
    delays: Mapping[int, Delay]
    """Of the policy, by the place of their case."""
    no_orders: tuple[NoOrder, ...]
    """At each age of the last order at which R will fall, from the shortest on."""


NO_ORDER: Final = "no order so far"


def any_of(names: tuple[object, ...]) -> str:
    """Such as: A or B."""
    return " or ".join(map(str, names))


def passed_of(needed: Span, since: Instant, at: Instant) -> str:
    """How much of a time has passed, in its own unit, such as: 23 of them have passed."""
    passed, unit = max(at - since, 0), _unit_of(needed)
    if passed >= needed:
        ended = agreeing(needed // unit, "it", "they")
        return f"{ended} ended at {to_datetime(since + needed).isoformat()}"
    if needed == unit:
        return "it has not passed yet"
    units = passed // unit
    return f"{units or 'none'} of them {'has' if units <= 1 else 'have'} passed"


def _unit_of(needed: Span) -> Span:
    return next((unit for unit in (DAY, HOUR) if needed % unit == 0), HOUR // 60)


def since_then(
    case: BookCase, since: Instant, outlook: Outlook, anew: str, *, is_of_own: bool = False
) -> str:
    """How much of a delay has passed; with `is_of_own` also how long it is for this customer.

    `anew` is what begins it anew once it has ended.
    """
    due = outlook.delays[case.place].due.next(outlook.state, -NEVER)
    if due is None:  # Its conditions say why.
        return ""
    passed = passed_of(due - since, since, outlook.at)
    if due <= outlook.at:
        them = agreeing((due - since) // _unit_of(due - since), "it", "them")
        return f"{passed}, and {anew} begins {them} anew"
    return f"about {counted((due - since) // DAY, 'day')}; {passed}" if is_of_own else passed


def without_an_order(needed: Span, outlook: Outlook) -> str:
    """How long the customer must not order, and how much of that has passed."""
    last = outlook.state.scores.last_order_at
    assert last is not None  # noqa: S101 - without an order there is no silence after one
    duration = write_duration(timedelta(microseconds=needed))
    return f"{duration} without an order, and {passed_of(needed, last, outlook.at)}"


def up_a_ladder(now: str, targets: tuple[str, ...], ladder: BookLadder, state: State) -> str:
    """Where the customer stands on a ladder, and what the nearest of some rungs takes."""
    height = ladder.heights.get(now, -1)
    above = [rung for rung in reversed(ladder.rungs) if rung.name in targets]
    nearest = next((rung for rung in above if ladder.heights[rung.name] > height), None)
    if nearest is None:
        return f"now: {now}"
    takes = " or ".join(_line(line, state) for line in nearest.lines)
    return f"now: {now}; {nearest.name} takes {takes}"


def _line(conditions: tuple[ProfileCondition, ...], state: State) -> str:
    return " and ".join(
        f"{each.field} {each.wanted} (now: {as_written(now)})"
        for each in conditions
        for now in (each.show(each.read(state.history, state.scores)),)
    )


def as_written(actual: object) -> object:
    """A value as a policy writes it: true and not True."""
    return str(actual).lower() if isinstance(actual, bool) else actual
