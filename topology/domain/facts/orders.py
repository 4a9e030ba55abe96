"""Orders and refunds among the facts, whichever of them comes first."""

from bisect import insort
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from schemas.currency import minor_digits
from topology.domain.facts.channels import CHANNELS
from topology.domain.facts.exchange import Exchange, convert
from topology.domain.facts.folding import fold_in
from topology.domain.facts.foreign import (
    Foreign,
    Parts,
    add_parts,
    as_refunded,
    as_waiting,
    parts_in,
)
from topology.domain.facts.instant import Instant, Span
from topology.domain.facts.latest import that_fit
from topology.domain.facts.ledger import (
    Ledger,
    Order,
    append,
    comes_last,
    may_hold,
    oldest,
    pack,
    split_oldest,
)
from topology.domain.facts.money import to_minor
from topology.domain.facts.state import Facts, Refund

KEPT: Final = 256
"""How many orders are kept whole: the newest, by time, then id. Older ones are folded."""

KEPT_REFUNDS: Final = 256
"""How many orders may have been refunded before they were heard of."""

LARGEST_REFUNDS: Final = 32_768
"""Bytes of the ids of such orders: enough for all, unless their ids are uncommonly long."""


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


def add_order(facts: Facts, order: Order, exchange: Exchange, window: Span) -> Facts:
    """Return the facts with the order in them, once for each order id.

    Of two messages about one order the earlier counts, at one time the smaller total, then the
    channel that is first by the alphabet: so it does not matter which came first. That holds for
    orders that are kept whole: nobody can tell one that is folded from a new one.
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
        facts = replace(facts, ledger=append(ledger, order))
    elif (first := oldest(ledger)) is not None and _is_folded_at_once(order, first, ledger):
        return _with_folded(facts, (order,), ledger, window)
    else:
        facts = _insert(facts, facts.orders, order)
    return fold(facts, window) if facts.ledger.count > KEPT else facts


def _is_folded_at_once(order: Order, first: Order, ledger: Ledger) -> bool:
    """True if there is no room for an order: it is older than all that are kept whole."""
    return ledger.count >= KEPT and _place(order) < _place(first)


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


def take_back(
    facts: Facts, order_id: str, part: Parts | None, at: Instant, exchange: Exchange
) -> Facts:
    """Return the facts with an order taken back at an instant: a part of it, or None for all.

    An order that is not among those that are whole may still arrive: its refund waits. If it is
    folded, the refund changes nothing.
    """
    orders = facts.orders if may_hold(facts.ledger, order_id) else ()
    for place, order in enumerate(orders):
        if order.id == order_id:
            less = with_refunds(order, *_taken_back(order, part, exchange), exchange)
            return replace(facts, ledger=pack((*orders[:place], less, *orders[place + 1 :])))
    known = next((each for each in facts.refunds if each.order_id == order_id), None)
    known = known or Refund(order_id, None, whole=False, at=at)
    parts, whole = _taken_back(known, part, exchange)
    refund = Refund(order_id, as_waiting(parts, exchange), whole, max(known.at, at))
    others = (each for each in facts.refunds if each.order_id != order_id)
    return replace(facts, refunds=that_wait((*others, refund)))


def that_wait(refunds: Iterable[Refund]) -> tuple[Refund, ...]:
    """The refunds that wait for their orders, by order id: of too many the latest."""
    latest = sorted(refunds, key=lambda each: (each.at, each.order_id), reverse=True)
    kept = that_fit(latest, lambda each: len(each.order_id.encode()), KEPT_REFUNDS, LARGEST_REFUNDS)
    return tuple(sorted(kept, key=lambda each: each.order_id))


def _taken_back(
    known: Order | Refund, part: Parts | None, exchange: Exchange
) -> tuple[Parts, bool]:
    """What is refunded in parts, and whether the whole is."""
    parts = parts_in(known.refunded, exchange.currency)
    return (parts, True) if part is None else (add_parts(parts, part), known.whole)


def fold(facts: Facts, window: Span) -> Facts:
    """Fold the oldest orders, so that no more than `KEPT` are whole.

    Which ones are whole follows from the orders, not from the order in which they came.
    """
    many = facts.ledger.count - KEPT
    if many <= 0:
        return facts
    out, ledger = split_oldest(facts.ledger, many)
    return _with_folded(facts, out, ledger, window)


def _with_folded(facts: Facts, out: Iterable[Order], ledger: Ledger, window: Span) -> Facts:
    """Return the facts with orders among the sums, and these ones whole.

    Refunds that are older than the window are given up: most are of folded orders.
    """
    newest = ledger.newest
    since = 0 if newest is None else newest.at - window
    refunds = facts.refunds
    if refunds:
        refunds = tuple(each for each in refunds if each.at > since)
    return replace(facts, ledger=ledger, past=fold_in(facts.past, out, since), refunds=refunds)


def has_over(facts: Facts, channels: int, many: int) -> bool:
    """True if so many orders that count came over channels, given as bits."""
    found = 0
    if facts.past is not None:
        found = sum(each for channel, each in facts.past.over if channels >> channel & 1)
    if found < many:
        found += sum(1 for order in facts.orders if order.counts and channels >> order.channel & 1)
    return found >= many


def first_order(facts: Facts) -> Order | None:
    """The first order that counts, or None if there is none or it is folded."""
    if facts.past is not None:
        return None
    return next((order for order in facts.orders if order.counts), None)
