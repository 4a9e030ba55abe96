"""Wake: the next instant at which a row changes because nothing happened."""

from bisect import bisect_right

from topology.domain.facts.instant import Instant, Span
from topology.domain.facts.state import State
from topology.domain.policy.delays import first_order_at
from topology.domain.policy.rulebook import Delay, Rulebook
from topology.domain.steps.care import changes_of_care
from topology.domain.steps.hold import cap_ends, held_by


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
    wakes, facts = book.on.wakes[state.stage], state.facts
    wake = _earliest(wakes.always, state, _after_orders(state, book))
    if wakes.looks and facts.looked_at is not None:
        wake = _earliest(wakes.looks, state, wake)
    if wakes.traits and facts.person.traits:
        wake = _earliest(wakes.traits, state, wake)
    if facts.cases or state.memory.waiting:
        wake = _earlier(wake, _end_of_a_hold(state, book))
    return wake


def _after_orders(state: State, book: Rulebook) -> Instant | None:
    """When orders come of an age that matters, the last, the first and the oldest in the window."""
    as_of, sheet = state.as_of, state.sheet
    last, oldest = sheet.last_order_at, sheet.oldest_in_window_at
    if last is None:
        return None
    wake = _next_age(last, book.ages, as_of)
    if oldest is not None:
        leaves = oldest + book.window
        if wake is None or leaves < wake:
            wake = leaves
        if oldest + book.longest_delay <= as_of:
            return wake  # The first order is no younger.
    first = first_order_at(state.facts, sheet)
    if first is not None:
        due = _next_age(first, book.first_ages, as_of)
        if due is not None and (wake is None or due < wake):
            return due
    return wake


def _next_age(since: Instant, ages: tuple[Span, ...], as_of: Instant) -> Instant | None:
    """When something of this instant next comes of an age that matters."""
    place = bisect_right(ages, as_of - since)
    return since + ages[place] if place < len(ages) else None


def _earliest(delays: tuple[Delay, ...], state: State, wake: Instant | None) -> Instant | None:
    since = state.as_of + 1
    for delay in delays:
        due = delay.due(state, since)
        if due is not None and (wake is None or due < wake):
            wake = due
    return wake


def _end_of_a_hold(state: State, book: Rulebook) -> Instant | None:
    """When care changes by itself, or the caps let through what waits."""
    wake: Instant | None = None
    for ends in changes_of_care(state.facts, book) if state.facts.cases else ():
        if ends > state.as_of:
            wake = _earlier(wake, ends)
    if state.memory.waiting and held_by(state, book) is None:
        ends = cap_ends(state.memory, book) or state.as_of
        if ends > state.as_of:
            wake = _earlier(wake, ends)
    return wake


def _earlier(one: Instant | None, other: Instant | None) -> Instant | None:
    if one is None or (other is not None and other < one):
        return other
    return one
