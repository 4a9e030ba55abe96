"""Score: facts into R, F and M at one instant.

R, F and M as in A. M. Hughes, Strategic Database Marketing (1994), with fixed bounds from the
policy instead of quintiles, so that a customer's score depends on that customer alone.
"""

from topology.domain.instant import Instant
from topology.domain.rulebook import Rulebook
from topology.domain.state import Facts, Sheet


def rescore(sheet: Sheet, before: Facts, after: Facts, at: Instant, book: Rulebook) -> Sheet:
    """Return `score(after, at, book)`, quicker.

    `sheet` is the score of `before` at an earlier instant. Mostly nothing has left the window
    since then, and at most one order has come, as the newest.
    """
    oldest = sheet.oldest_in_window_at
    if oldest is not None and oldest <= at - book.window:
        return score(after, at, book)
    if after.orders is before.orders:
        last = sheet.last_order_at
        if last is None:
            return sheet
        recency = book.recency.younger_than(at - last)
        return sheet if recency == sheet.recency else _with_recency(sheet, recency)
    if not _is_appended(before, after, at):
        return score(after, at, book)
    newest = after.orders[-1]
    orders, revenue = sheet.orders_in_window + 1, sheet.revenue_in_window + newest.net
    return Sheet(
        at,
        at if oldest is None else oldest,
        orders,
        revenue,
        sheet.orders_total + 1,
        book.recency.younger_than(0),
        book.frequency.at_least(orders),
        book.monetary.at_least(revenue),
    )


def _is_appended(before: Facts, after: Facts, at: Instant) -> bool:
    """True if all that is new is one order that counts, made just now."""
    newest = after.orders[-1]
    return (
        len(after.orders) == len(before.orders) + 1
        and newest.at == at
        and newest.counts
        and (not before.orders or before.orders[-1] is after.orders[-2])
    )


def _with_recency(sheet: Sheet, recency: int) -> Sheet:
    return Sheet(
        sheet.last_order_at,
        sheet.oldest_in_window_at,
        sheet.orders_in_window,
        sheet.revenue_in_window,
        sheet.orders_total,
        recency,
        sheet.frequency,
        sheet.monetary,
    )


def score(facts: Facts, at: Instant, book: Rulebook) -> Sheet:
    """Return the figures and scores at the instant `at`.

    An order is in the window while its age is less than the window; recency is the age of the last
    order that counts, however old.
    """
    since = at - book.window
    last: Instant | None = None
    oldest: Instant | None = None
    orders = revenue = total = 0
    for order in reversed(facts.orders):
        if not order.counts:
            continue
        total += 1
        if last is None:
            last = order.at
        if order.at > since:
            orders += 1
            revenue += order.net
            oldest = order.at
    if facts.past is not None:
        total += facts.past.orders
        last = facts.past.last_at if last is None else last
    return Sheet(
        last,
        oldest,
        orders,
        revenue,
        total,
        book.recency.otherwise if last is None else book.recency.younger_than(at - last),
        book.frequency.at_least(orders),
        book.monetary.at_least(revenue),
    )
