"""Score: a history into R, F and M at one instant, and how well the customer fits the shop.

R, F and M as in A. M. Hughes, Strategic Database Marketing (1994), with fixed bounds from the
policy instead of quintiles, so that a customer's score depends on that customer alone.
"""

from topology.domain.history.day_sums import day_of, sum_after
from topology.domain.history.instant import DAY, Instant
from topology.domain.history.ledger import comes_last
from topology.domain.history.ledger import oldest as first_of
from topology.domain.history.money import LARGEST_SUM, add_up
from topology.domain.history.record import replace
from topology.domain.history.state import History, Scores
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rules.conditions import are_met_by


def rescore(scores: Scores, before: History, after: History, at: Instant, book: Rulebook) -> Scores:
    """Return `score(after, at, book)`, quicker.

    `scores` are those of `before` at an earlier instant. Mostly nothing has left the window
    since then, and at most one order has come, as the newest.
    """
    oldest = scores.oldest_in_window_at
    if oldest is not None and oldest <= at - book.window:
        return score(after, at, book)
    ledger, known = after.ledger, before.ledger
    if ledger is known and after.past is before.past:
        last = scores.last_order_at
        if last is None:
            return scores
        recency = book.recency.of(at - last)
        return scores if recency == scores.recency else replace(scores, recency=recency)
    newest = ledger.newest  # The one that has come, if it is of this instant and no other was.
    if (
        newest is None
        or newest.at != at
        or newest.whole
        or newest.more is not None
        or (newest.refunded is not None and newest.taken is not None)
        or not comes_last(newest, known)
    ):
        return score(after, at, book)
    if after.past is not before.past:
        oldest = _oldest_after_fold(oldest, before, after, at - book.window)
        if oldest is None:
            return score(after, at, book)
    orders = scores.orders_in_window + 1
    revenue = scores.revenue_in_window + newest.total
    if revenue > LARGEST_SUM:
        revenue = LARGEST_SUM
    return Scores(
        last_order_at=at,
        oldest_in_window_at=at if oldest is None else oldest,
        orders_in_window=orders,
        revenue_in_window=revenue,
        orders_total=scores.orders_total + 1,
        recency=book.recency.scores[0],
        frequency=book.frequency.of(orders),
        monetary=book.monetary.of(revenue),
    )


def _oldest_after_fold(
    oldest: Instant | None, before: History, after: History, since: Instant
) -> Instant | None:
    """The oldest order in the window, now that the first one was folded for a new one.

    None if more than that has changed in the window.
    """
    first = first_of(before.ledger)
    if first is None or not first.counts or after.ledger.count != before.ledger.count:
        return None
    began = day_of(first.at) * DAY
    if oldest is None or began <= since:
        return None
    return min(oldest, began)


def score(history: History, at: Instant, book: Rulebook) -> Scores:
    """Return the figures and scores at the instant `at`.

    An order is in the window while its age is less than the window; recency is the age of the last
    order that counts, however old. A folded order counts as made when its day began.
    """
    since = at - book.window
    last: Instant | None = None
    oldest: Instant | None = None
    orders = revenue = total = 0
    for order in reversed(history.orders):
        if not order.counts:
            continue
        total += 1
        if last is None:
            last = order.at
        if order.at > since:
            orders += 1
            revenue += order.net
            oldest = order.at
    past = history.past
    if past is not None:
        total += past.orders
        last = past.last_at if last is None else last
        folded = sum_after(past.days, since)
        if folded is not None:
            began = folded.began_at
            oldest = began if oldest is None or began < oldest else oldest
            orders += folded.orders
            revenue = add_up(revenue, folded.revenue)
    return Scores(
        last_order_at=last,
        oldest_in_window_at=oldest,
        orders_in_window=orders,
        revenue_in_window=revenue,
        orders_total=total,
        recency=book.recency.scores[-1] if last is None else book.recency.of(at - last),
        frequency=book.frequency.of(orders),
        monetary=book.monetary.of(revenue),
    )


def fit_of(history: History, scores: Scores, book: Rulebook) -> float | None:
    """Return the weights of what holds by all weights, to two digits; None without an ideal."""
    if book.ideal is None:
        return None
    met = 0
    for weight, conditions in book.ideal.traits:
        if are_met_by(conditions, history, scores):
            met += weight
    return round(met / book.ideal.weights, 2)
