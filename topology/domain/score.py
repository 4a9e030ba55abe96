"""Score: facts into R, F and M at one instant.

R, F and M as in A. M. Hughes, Strategic Database Marketing (1994), with fixed bounds from the
policy instead of quintiles, so that a customer's score depends on that customer alone.
"""

from topology.domain.instant import Instant
from topology.domain.rulebook import Rulebook
from topology.domain.state import Facts, Sheet


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
