"""Score: facts into R, F and M at one instant.

R, F and M as in A. M. Hughes, Strategic Database Marketing (1994), with fixed bounds from the
policy instead of quintiles, so that a customer's score depends on that customer alone.
"""

from topology.domain.facts.instant import Instant
from topology.domain.facts.ledger import comes_last
from topology.domain.facts.state import Facts, Sheet
from topology.domain.policy.rulebook import Rulebook


def rescore(sheet: Sheet, before: Facts, after: Facts, at: Instant, book: Rulebook) -> Sheet:
    """Return `score(after, at, book)`, quicker.

    `sheet` is the score of `before` at an earlier instant. Mostly nothing has left the window
    since then, and at most one order has come, as the newest.
    """
    oldest = sheet.oldest_in_window_at
    if oldest is not None and oldest <= at - book.window:
        return score(after, at, book)
    ledger, known = after.ledger, before.ledger
    if ledger is known:
        last = sheet.last_order_at
        if last is None:
            return sheet
        recency = book.recency.of(at - last)
        return sheet if recency == sheet.recency else _with_recency(sheet, recency)
    newest = ledger.newest  # The one that has come, if it is of this instant and no other was.
    if (
        newest is None
        or newest.at != at
        or newest.whole
        or (newest.refunded is not None and newest.taken is not None)
        or not comes_last(newest, known)
    ):
        return score(after, at, book)
    orders, revenue = sheet.orders_in_window + 1, sheet.revenue_in_window + newest.total
    return Sheet(
        at,
        at if oldest is None else oldest,
        orders,
        revenue,
        sheet.orders_total + 1,
        book.recency.scores[0],
        book.frequency.of(orders),
        book.monetary.of(revenue),
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
        book.recency.scores[-1] if last is None else book.recency.of(at - last),
        book.frequency.of(orders),
        book.monetary.of(revenue),
    )
