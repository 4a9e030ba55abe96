"""The cases of a policy, sorted by what sets them off, and what the clock wakes for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from schemas.dimensions import Dimension
from schemas.policy.model import Policy
from topology.domain.history.instant import NEVER, Span
from topology.domain.occasions.families import FAMILIES
from topology.domain.occasions.kind import KindCase
from topology.domain.occasions.set_off import (
    ByEvent,
    ByTick,
    ByTransition,
    Delay,
    Due,
    EventCases,
    OnAnything,
    OnFirstOrder,
    OnLastOrder,
    OnOrders,
    OnResearch,
    OnSilence,
    OnTraits,
    SetOff,
)
from topology.domain.rules.case import BookCase


@dataclass(frozen=True, slots=True)
class CasesOfEvent:
    """The cases that one event may set off."""

    late: tuple[EventCases[Any], ...]
    """Only if it is older than the row's present."""
    channels: int
    """The channels, as bits, of which any of the others speaks."""
    any: tuple[EventCases[Any], ...]


@dataclass(frozen=True, slots=True)
class Wakes:
    """The delays that customers of one stage can have, and what they wake up for."""

    delays: tuple[Delay, ...]
    silences: tuple[Span, ...]
    """How long without a sign of life, from the shortest on; `NEVER` ends them."""
    always: tuple[Due, ...]
    looks: tuple[Due, ...]
    """Only for customers who have looked around online."""
    orders: tuple[Due, ...]
    """Only for customers with orders. Without another order they stay as they are."""
    traits: tuple[Due, ...]
    """Only for customers who have traits."""


@dataclass(frozen=True, slots=True)
class Occasions:
    """The cases, by what may set them off."""

    transitions: Mapping[Dimension, Mapping[str, tuple[ByTransition, ...]]]
    """By the dimension, and where on it a customer comes to."""
    events: Mapping[str, CasesOfEvent]
    """By the event."""
    ticks: tuple[ByTick, ...]
    delays: Mapping[int, Delay]
    """By the place of their case."""
    wakes: Mapping[str, Wakes]
    """For each stage the delays that there can be, but for those after the first order."""
    last_ages: tuple[Span, ...]
    """The delays after the last order."""
    first_ages: tuple[Span, ...]
    """The delays after a first order, from the shortest on; `NEVER` ends them."""
    longest_delay: Span
    """The longest of them."""


def ascending(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Each once, and one at the end that nothing outlasts."""
    return (*sorted(set(spans)), NEVER)


def compile_occasions(cases: tuple[BookCase, ...], policy: Policy) -> Occasions:
    """Sort a policy's cases by what may set them off."""
    found = tuple(_set_off(cases, policy))
    delays = sorted((each for each in found if isinstance(each, Delay)), key=_place)
    hangs_on = [each.hangs_on for each in delays]
    firsts = [each.age for each in hangs_on if isinstance(each, OnFirstOrder)]
    return Occasions(
        transitions=_transitions([each for each in found if isinstance(each, ByTransition)]),
        events=_events([each for each in found if isinstance(each, ByEvent)]),
        ticks=tuple(each for each in found if isinstance(each, ByTick)),
        delays={_place(each): each for each in delays},
        wakes={rung.name: _wakes(delays, rung.name) for rung in policy.stages},
        last_ages=tuple(each.age for each in hangs_on if isinstance(each, OnLastOrder)),
        first_ages=ascending(firsts),
        longest_delay=max(firsts, default=0),
    )


def _place(delay: Delay) -> int:
    return delay.case.place


def _set_off(cases: tuple[BookCase, ...], policy: Policy) -> Iterator[SetOff]:
    for kind in FAMILIES.values():
        own = tuple(
            KindCase(each.case.when, each) for each in cases if type(each.case.when) is kind.when
        )
        if own:
            yield from kind.set_off(own, policy)


def _transitions(
    found: list[ByTransition],
) -> Mapping[Dimension, Mapping[str, tuple[ByTransition, ...]]]:
    sorted_: dict[Dimension, dict[str, tuple[ByTransition, ...]]] = {each: {} for each in Dimension}
    for each in found:
        into = sorted_[each.dimension]
        for value in each.values:
            into[value] = (*into.get(value, ()), each)
    return sorted_


def _events(found: list[ByEvent[Any]]) -> Mapping[str, CasesOfEvent]:
    by_name: dict[str, list[ByEvent[Any]]] = {}
    for each in found:
        by_name.setdefault(each.event.name, []).append(each)
    return {name: _cases_of_event(those) for name, those in by_name.items()}


def _cases_of_event(those: list[ByEvent[Any]]) -> CasesOfEvent:
    channels = 0
    for each in those:
        if not each.is_late:
            channels |= each.channels
    return CasesOfEvent(
        tuple(each.cases for each in those if each.is_late),
        channels,
        tuple(each.cases for each in those if not each.is_late),
    )


def _wakes(delays: list[Delay], stage: str) -> Wakes:
    """The delays of a stage, and one of each kind to wake up for: cases may share an instant."""
    here = tuple(each for each in delays if each.stages is None or stage in each.stages)
    silences: list[Span] = []
    always: dict[object, Due] = {}
    looks: list[Due] = []
    orders: dict[object, Due] = {}
    traits: list[Due] = []
    for delay in here:
        match delay.hangs_on:
            case OnSilence(lasts):
                silences.append(lasts)
            case OnResearch():
                looks.append(delay.due)
            case OnTraits():
                traits.append(delay.due)
            case OnAnything():
                always[_shared_by(delay)] = delay.due
            case OnOrders():
                orders[_shared_by(delay)] = delay.due
            case OnLastOrder() | OnFirstOrder():  # The ages of orders have lists of their own.
                pass
            case _:
                assert_never(delay.hangs_on)
    return Wakes(
        delays=tuple(each for each in here if not isinstance(each.hangs_on, OnFirstOrder)),
        silences=ascending(silences),
        always=tuple(always.values()),
        looks=tuple(looks),
        orders=tuple(orders.values()),
        traits=tuple(traits),
    )


def _shared_by(delay: Delay) -> object:
    """What cases have in common whose delays end at the same instants."""
    case = delay.case.case
    return case.when, case.provided.bought_over
