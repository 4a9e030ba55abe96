"""Wake: the next instant at which a row changes because nothing happened."""

from topology.domain.care import open_cases
from topology.domain.instant import Instant
from topology.domain.orders import first_order
from topology.domain.rulebook import BookCase, Rulebook
from topology.domain.state import Facts, Sheet, State


def wake_at(state: State, book: Rulebook) -> Instant | None:
    """Return when the row changes next by the clock alone, or None for never.

    A row that another policy made is due at once: its own `as_of` is returned.
    """
    return state.wake_at if state.policy_version == book.version else state.as_of


def next_wake(facts: Facts, sheet: Sheet, as_of: Instant, book: Rulebook) -> Instant | None:
    """Return the first instant after `as_of` at which these facts give another row, or None.

    That is when R falls, an order leaves the window, a rule's delay ends or service recovery does.
    """
    wake: Instant | None = None
    last = sheet.last_order_at
    if last is not None:
        bound = book.recency.next_bound(as_of - last)
        if bound is not None:
            wake = last + bound
        if sheet.orders_total <= book.delays_up_to:
            ends = _end_of_a_delay(facts, sheet, as_of, book)
            if ends is not None and (wake is None or ends < wake):
                wake = ends
    if sheet.oldest_in_window_at is not None:
        leaves = sheet.oldest_in_window_at + book.window
        if wake is None or leaves < wake:
            wake = leaves
    for case in open_cases(facts, as_of, book) if facts.cases else ():
        ends = case.opened_at + book.open_for
        if wake is None or ends < wake:
            wake = ends
    return wake


def _end_of_a_delay(facts: Facts, sheet: Sheet, as_of: Instant, book: Rulebook) -> Instant | None:
    """When the next delay after the first order ends, of those whose case may hold then."""
    ends: Instant | None = None
    for delay, case in book.after_first_order:
        if may_hold(case, sheet):
            first = first_order(facts)
            if (
                first is not None
                and as_of < first.at + delay
                and (ends is None or first.at + delay < ends)
            ):
                ends = first.at + delay
    return ends


def may_hold(case: BookCase, sheet: Sheet) -> bool:
    """False if the case can't hold before another event: the clock never changes orders_total."""
    for field, low, high in case.bounds:
        if field == "orders_total":
            total = sheet.orders_total
            if (low is not None and total < low) or (high is not None and total > high):
                return False
    return True
