"""Orders and refunds among the facts, whichever of them comes first."""

from bisect import insort
from typing import Final

from msgspec.structs import replace

from topology.domain.facts.channels import CHANNELS
from topology.domain.facts.instant import Instant
from topology.domain.facts.ledger import Order, append, comes_last, may_hold, pack
from topology.domain.facts.state import Facts, Past, Refund

KEPT_PAST: Final = 256
"""How many orders out of the window are kept whole, so that they can still be taken back."""

KEPT_REFUNDS: Final = 256
"""How many orders may have been refunded before they were heard of."""


def _place(order: Order) -> tuple[Instant, str]:
    return order.at, order.id


def add_order(facts: Facts, order: Order) -> Facts:
    """Return the facts with the order in them, once for each order id.

    Of two messages about one order the earlier counts, at one time the smaller total, then the
    channel that is first by the alphabet: so it does not matter which came first.
    """
    ledger = facts.ledger
    if may_hold(ledger, order.id):
        orders = facts.orders
        known = next((each for each in orders if each.id == order.id), None)
        if known is not None:
            return _merge(facts, orders, known, order)
    if facts.refunds:
        facts, order = _meet_refunds(facts, order)
    if comes_last(order, ledger):
        return replace(facts, ledger=append(ledger, order))
    return _insert(facts, facts.orders, order)


def _merge(facts: Facts, orders: tuple[Order, ...], known: Order, order: Order) -> Facts:
    """Let the earlier one of two messages about one order count."""
    if counts_before(known) <= counts_before(order):
        return facts
    order = replace(order, refunded=known.refunded, whole=known.whole)
    return _insert(facts, tuple(each for each in orders if each.id != order.id), order)


def counts_before(order: Order) -> tuple[Instant, int, str]:
    """Of the messages about one order the one with the smallest of these counts."""
    return order.at, order.total, CHANNELS[order.channel]


def _meet_refunds(facts: Facts, order: Order) -> tuple[Facts, Order]:
    """Take back at once what was refunded before the order was heard of."""
    waiting = next((each for each in facts.refunds if each.order_id == order.id), None)
    if waiting is None:
        return facts, order
    rest = tuple(each for each in facts.refunds if each.order_id != order.id)
    order = replace(order, refunded=waiting.refunded, whole=waiting.whole)
    return replace(facts, refunds=rest), order


def _insert(facts: Facts, orders: tuple[Order, ...], order: Order) -> Facts:
    kept = list(orders)
    insort(kept, order, key=_place)
    return replace(facts, ledger=pack(kept))


def take_back(facts: Facts, order_id: str, part: int | None) -> Facts:
    """Return the facts with an order taken back: a part of it in minor units, or None for all."""
    orders = facts.orders if may_hold(facts.ledger, order_id) else ()
    for place, order in enumerate(orders):
        if order.id == order_id:
            refunded, whole = _taken_back(order, part)
            less = replace(order, refunded=refunded, whole=whole)
            return replace(facts, ledger=pack((*orders[:place], less, *orders[place + 1 :])))
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
    if facts.ledger.count <= KEPT_PAST:
        return facts
    orders = facts.orders
    out = sum(1 for order in orders if order.at <= since) - KEPT_PAST
    if out <= 0:
        return facts
    past = facts.past
    for order in orders[:out]:
        if order.counts:
            past = _add_to_past(past, order)
    return replace(facts, ledger=pack(orders[out:]), past=past)


def _add_to_past(past: Past | None, order: Order) -> Past:
    if past is None:
        return Past(1, order.net, order.at, order.at)
    return Past(
        past.orders + 1,
        past.revenue + order.net,
        min(past.first_at, order.at),
        max(past.last_at, order.at),
    )


def orders_over(facts: Facts, channels: int) -> int:
    """How many orders that count, and are kept whole, came over channels, given as bits."""
    return sum(1 for order in facts.orders if order.counts and channels >> order.channel & 1)


def first_order(facts: Facts) -> Order | None:
    """The first order that counts, or None if there is none or it was folded long ago."""
    if facts.past is not None:
        return None
    return next((order for order in facts.orders if order.counts), None)
