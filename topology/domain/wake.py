"""Wake: the next instant at which a row changes because nothing happened."""

from topology.domain.care import open_cases
from topology.domain.instant import Instant
from topology.domain.orders import first_order
from topology.domain.rulebook import BookCase, Rulebook
from topology.domain.state import Sheet, State


def wake_at(state: State, book: Rulebook) -> Instant | None:
    """Return the next such instant after `state.as_of`, or None.

    A row that another policy made is due at once: its own `as_of` is returned.
    """
    if state.policy_version != book.version:
        return state.as_of
    sheet = state.sheet
    nearest: Instant | None = None
    if sheet.last_order_at is not None:
        nearest = _next_recency(sheet.last_order_at, state.as_of, book)
    if sheet.oldest_in_window_at is not None:
        nearest = _earlier(nearest, sheet.oldest_in_window_at + book.window)
    if book.after_first_order:
        nearest = _earlier(nearest, _next_delay(state, book))
    if state.facts.cases:
        for case in open_cases(state.facts, state.as_of, book):
            nearest = _earlier(nearest, case.opened_at + book.open_for)
    return nearest


def _earlier(one: Instant | None, other: Instant | None) -> Instant | None:
    if one is None or (other is not None and other < one):
        return other
    return one


def _next_recency(last: Instant, as_of: Instant, book: Rulebook) -> Instant | None:
    for bound, _ in book.recency.steps:
        if last + bound > as_of:
            return last + bound
    return None


def _next_delay(state: State, book: Rulebook) -> Instant | None:
    nearest: Instant | None = None
    for delay, case in book.after_first_order:
        if not _may_hold(case, state.sheet):
            continue
        first = first_order(state.facts)
        if first is not None and first.at + delay > state.as_of:
            nearest = _earlier(nearest, first.at + delay)
    return nearest


def _may_hold(case: BookCase, sheet: Sheet) -> bool:
    """False if the case can't hold before another event: the clock never changes orders_total."""
    return all(
        (low is None or sheet.orders_total >= low) and (high is None or sheet.orders_total <= high)
        for field, low, high in case.bounds
        if field == "orders_total"
    )
