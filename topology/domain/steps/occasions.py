"""Occasions: the cases that may fire, now that a row has changed."""

from collections.abc import Iterator

from schemas.transition import Transition
from topology.domain.history.event import Event
from topology.domain.history.instant import Instant
from topology.domain.history.state import State
from topology.domain.occasions.compiled import CasesOfEvent, Occasions
from topology.domain.occasions.occasion import Occasion, due_occasion
from topology.domain.policy.rulebook import Rulebook


def occasions_of(
    before: State,
    after: State,
    transitions: tuple[Transition, ...],
    event: Event | None,
    book: Rulebook,
    examined: Instant | None = None,
) -> list[Occasion]:
    """Return the occasions of a change.

    Args:
        before: the row before the change.
        after: the row after it.
        transitions: the changes of its dimensions.
        event: what happened; None if it was the clock.
        book: the compiled policy.
        examined: delays after the first order that had ended by then were examined; None is just
            before this instant.
    """
    on = book.on
    occasions: list[Occasion] = []
    for transition in transitions:
        for entering in on.transitions[transition.dimension].get(transition.to_value, ()):
            occasion = entering.occasion(transition)
            if occasion is not None:
                occasions.append(occasion)
    if event is None:
        examined = after.as_of - 1 if examined is None else examined
        for tick in on.ticks:
            occasions.extend(tick.occasions(before, after, examined))
        occasions.extend(_due_now(after, on))
    elif (cases := on.events.get(event.name)) is not None:
        if cases.late and event.at < after.as_of:
            occasions.extend(_late(cases, event, before, after))
        if cases.channels >> event.channel & 1:
            for each in cases.any:
                occasions.extend(each.occasions(event, before, after))
    return occasions


def _due_now(state: State, on: Occasions) -> Iterator[Occasion]:
    """The delays that end at this very instant."""
    at = state.as_of
    for each in on.wakes[state.stage].delays:
        if each.due.next(state, at) == at:
            yield due_occasion(each.case, each.what, at)


def _late(cases: CasesOfEvent, event: Event, before: State, after: State) -> Iterator[Occasion]:
    for each in cases.late:
        yield from each.occasions(event, before, after)
