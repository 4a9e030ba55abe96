"""Orders and refunds among the facts, whichever of them comes first."""

from bisect import insort
from typing import Final

from msgspec.structs import replace

from topology.domain.instant import Instant
from topology.domain.state import Facts, Order, Past, Refund

KEPT_PAST: Final = 256
"""How many orders out of the window are kept whole, so that they can still be taken back."""

KEPT_REFUNDS: Final = 256
"""How many orders may have been refunded before they were heard of."""


def _place(order: Order) -> tuple[Instant, str]:
    return order.at, order.id


def add_order(facts: Facts, order: Order) -> Facts:
    """Return the facts with the order in them, once for each order id.

    Of two messages about one order the earlier counts, and at one time the smaller total: so it
    does not matter which came first.
    """
    known = next((each for each in facts.orders if each.id == order.id), None)
    if known is not None:
        if (known.at, known.total) <= (order.at, order.total):
            return facts
        order = Order(order.at, order.id, order.total, known.refunded, known.whole)
        kept = [each for each in facts.orders if each.id != order.id]
        insort(kept, order, key=_place)
        return replace(facts, orders=tuple(kept))
    waiting = next((each for each in facts.refunds if each.order_id == order.id), None)
    if waiting is not None:
        order = Order(order.at, order.id, order.total, waiting.refunded, waiting.whole)
        rest = tuple(each for each in facts.refunds if each.order_id != order.id)
        facts = replace(facts, refunds=rest)
    if not facts.orders or _place(facts.orders[-1]) < _place(order):
        return replace(facts, orders=(*facts.orders, order))
    orders = list(facts.orders)
    insort(orders, order, key=_place)
    return replace(facts, orders=tuple(orders))


def take_back(facts: Facts, order_id: str, part: int | None) -> Facts:
    """Return the facts with an order taken back: a part of it in minor units, or None for all."""
    for place, order in enumerate(facts.orders):
        if order.id == order_id:
            refunded, whole = _taken_back(order, part)
            less = Order(order.at, order.id, order.total, refunded, whole)
            orders = (*facts.orders[:place], less, *facts.orders[place + 1 :])
            return replace(facts, orders=orders)
    known = next((each for each in facts.refunds if each.order_id == order_id), None)
    refund = Refund(order_id, *_taken_back(known or Refund(order_id, None, whole=False), part))
    waiting = [each for each in facts.refunds if each.order_id != order_id]
    waiting = sorted([*waiting[-KEPT_REFUNDS + 1 :], refund], key=lambda each: each.order_id)
    return replace(facts, refunds=tuple(waiting))


def _taken_back(known: Order | Refund, part: int | None) -> tuple[int | None, bool]:
    """What is refunded in parts, and whether the whole is."""
    if part is None:
        return known.refunded, True
    return (known.refunded or 0) + part, known.whole


def fold(facts: Facts, since: Instant) -> Facts:
    """Fold the oldest orders into sums, beyond those in the window and `KEPT_PAST` before it."""
    if len(facts.orders) <= KEPT_PAST or facts.orders[KEPT_PAST].at > since:
        return facts
    out = sum(1 for order in facts.orders if order.at <= since) - KEPT_PAST
    gone = [order for order in facts.orders[:out] if order.counts]
    past = facts.past
    for order in gone:
        past = _add_to_past(past, order)
    return replace(facts, orders=facts.orders[out:], past=past)


def _add_to_past(past: Past | None, order: Order) -> Past:
    if past is None:
        return Past(1, order.net, order.at, order.at)
    return Past(
        past.orders + 1,
        past.revenue + order.net,
        min(past.first_at, order.at),
        max(past.last_at, order.at),
    )


def first_order(facts: Facts) -> Order | None:
    """The first order that counts, or None if there is none or it was folded long ago."""
    if facts.past is not None:
        return None
    return next((order for order in facts.orders if order.counts), None)
