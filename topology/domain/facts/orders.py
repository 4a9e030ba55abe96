"""Orders and refunds among the facts, whichever of them comes first."""

from bisect import insort
from typing import Final

from msgspec.structs import replace

from schemas.currency import minor_digits
from topology.domain.facts.channels import CHANNELS
from topology.domain.facts.exchange import Exchange, convert
from topology.domain.facts.foreign import (
    Foreign,
    Parts,
    add_parts,
    as_refunded,
    as_waiting,
    parts_in,
)
from topology.domain.facts.instant import Instant
from topology.domain.facts.ledger import Order, append, comes_last, may_hold, pack
from topology.domain.facts.money import to_minor
from topology.domain.facts.state import Facts, Past, Refund

KEPT_PAST: Final = 256
"""How many orders out of the window are kept whole, so that they can still be taken back."""

KEPT_REFUNDS: Final = 256
"""How many orders may have been refunded before they were heard of."""


def _place(order: Order) -> tuple[Instant, str]:
    return order.at, order.id


def order_told(
    at: Instant, order_id: str, total: float, currency: str, channel: int, exchange: Exchange
) -> Order:
    """The order of a message in another currency than the policy's, at the rate of its day."""
    if currency == exchange.currency:
        return Order(at, order_id, to_minor(total, exchange.digits), channel=channel)
    original = to_minor(total, minor_digits(currency))
    converted = convert(original, currency, at, exchange)
    if converted is None:
        msg = f"no rate of {currency}: such an order must have been refused"
        raise AssertionError(msg)
    return Order(at, order_id, converted, Foreign(currency, original), channel=channel)


def add_order(facts: Facts, order: Order, exchange: Exchange) -> Facts:
    """Return the facts with the order in them, once for each order id.

    Of two messages about one order the earlier counts, at one time the smaller total, then the
    channel that is first by the alphabet: so it does not matter which came first.
    """
    ledger = facts.ledger
    if may_hold(ledger, order.id):
        orders = facts.orders
        known = next((each for each in orders if each.id == order.id), None)
        if known is not None:
            return _merge(facts, orders, known, order, exchange)
    if facts.refunds:
        facts, order = _meet_refunds(facts, order, exchange)
    if comes_last(order, ledger):
        return replace(facts, ledger=append(ledger, order))
    return _insert(facts, facts.orders, order)


def _merge(
    facts: Facts, orders: tuple[Order, ...], known: Order, order: Order, exchange: Exchange
) -> Facts:
    """Let one of two messages about one order count."""
    if counts_before(known) <= counts_before(order):
        return facts
    parts = parts_in(known.refunded, exchange.currency)
    order = with_refunds(order, parts, known.whole, exchange)
    return _insert(facts, tuple(each for each in orders if each.id != order.id), order)


def counts_before(order: Order) -> tuple[Instant, int, str, str, int]:
    """Of the messages about one order the one with the smallest of these counts."""
    foreign = order.foreign
    told = ("", 0) if foreign is None else (foreign.currency, foreign.total)
    return order.at, order.total, CHANNELS[order.channel], *told


def with_refunds(order: Order, parts: Parts, whole: bool, exchange: Exchange) -> Order:  # noqa: FBT001 - as in the row
    """Return the order with these refunds, and no others."""
    refunded = as_refunded(order.foreign, order.total, order.at, parts, exchange)
    return replace(order, refunded=refunded, whole=whole)


def _meet_refunds(facts: Facts, order: Order, exchange: Exchange) -> tuple[Facts, Order]:
    """Take back at once what was refunded before the order was heard of."""
    waiting = next((each for each in facts.refunds if each.order_id == order.id), None)
    if waiting is None:
        return facts, order
    rest = tuple(each for each in facts.refunds if each.order_id != order.id)
    parts = parts_in(waiting.refunded, exchange.currency)
    return replace(facts, refunds=rest), with_refunds(order, parts, waiting.whole, exchange)


def _insert(facts: Facts, orders: tuple[Order, ...], order: Order) -> Facts:
    kept = list(orders)
    insort(kept, order, key=_place)
    return replace(facts, ledger=pack(kept))


def take_back(facts: Facts, order_id: str, part: Parts | None, exchange: Exchange) -> Facts:
    """Return the facts with an order taken back: a part of it, or None for all."""
    orders = facts.orders if may_hold(facts.ledger, order_id) else ()
    for place, order in enumerate(orders):
        if order.id == order_id:
            less = with_refunds(order, *_taken_back(order, part, exchange), exchange)
            return replace(facts, ledger=pack((*orders[:place], less, *orders[place + 1 :])))
    known = next((each for each in facts.refunds if each.order_id == order_id), None)
    parts, whole = _taken_back(known or Refund(order_id, None, whole=False), part, exchange)
    refund = Refund(order_id, as_waiting(parts, exchange), whole)
    waiting = [each for each in facts.refunds if each.order_id != order_id]
    waiting = sorted([*waiting[-KEPT_REFUNDS + 1 :], refund], key=lambda each: each.order_id)
    return replace(facts, refunds=tuple(waiting))


def _taken_back(
    known: Order | Refund, part: Parts | None, exchange: Exchange
) -> tuple[Parts, bool]:
    """What is refunded in parts, and whether the whole is."""
    parts = parts_in(known.refunded, exchange.currency)
    return (parts, True) if part is None else (add_parts(parts, part), known.whole)


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
