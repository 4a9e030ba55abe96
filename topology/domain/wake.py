"""Wake: the next instant at which a row changes because nothing happened."""

from topology.domain.care import changes_of_care
from topology.domain.delays import first_order_at
from topology.domain.hold import cap_ends, held_by
from topology.domain.instant import Instant
from topology.domain.rulebook import Rulebook
from topology.domain.state import State


def wake_at(state: State, book: Rulebook) -> Instant | None:
    """Return when the row changes next by the clock alone, or None for never.

    A row that another policy made is due at once: its own `as_of` is returned.
    """
    return state.wake_at if state.policy_version == book.version else state.as_of


def next_wake(state: State, book: Rulebook) -> Instant | None:
    """Return the first instant after its `as_of` at which a row changes, or None.

    That is when R falls, an order leaves the window, a delay or service recovery ends, or the caps
    let through what waits.
    """
    as_of, sheet = state.as_of, state.sheet
    wake: Instant | None = None
    last = sheet.last_order_at
    if last is not None:
        bound = book.recency.next_bound(as_of - last)
        if bound is not None:
            wake = last + bound
        wake = _earlier(wake, _after_first_order(state, book))
    if sheet.oldest_in_window_at is not None:
        wake = _earlier(wake, sheet.oldest_in_window_at + book.window)
    for delay in book.on.delays:
        due = delay.due(state, as_of + 1)
        if due is not None and (wake is None or due < wake):
            wake = due
    if state.facts.cases or state.memory.waiting:
        wake = _earlier(wake, _end_of_a_hold(state, book))
    return wake


def _end_of_a_hold(state: State, book: Rulebook) -> Instant | None:
    """When care changes by itself, or the caps let through what waits."""
    ends = [*changes_of_care(state.facts, book)]
    if state.memory.waiting and held_by(state, book) is None:
        cap = cap_ends(state.memory, book)
        if cap is not None:
            ends.append(cap)
    return min((each for each in ends if each > state.as_of), default=None)


def _earlier(one: Instant | None, other: Instant | None) -> Instant | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _after_first_order(state: State, book: Rulebook) -> Instant | None:
    """When the next delay after the first order ends."""
    as_of = state.as_of
    first = first_order_at(state.facts, state.sheet, book.longest_delay, as_of)
    if first is None:
        return None
    return min(
        (first + delay for delay, _ in book.on.first_order if first + delay > as_of), default=None
    )
