"""Orders and refunds in the history, whichever of them comes first."""

from bisect import insort
from collections.abc import Iterable
from typing import Final

from schemas.currency import minor_digits
from topology.domain.history.day_sums import fold_in
from topology.domain.history.edits import (
    counts_before,
    edit_of,
    later_edit,
    meet,
    with_early_refund,
)
from topology.domain.history.exchange import Exchange, convert
from topology.domain.history.foreign import Foreign
from topology.domain.history.instant import Instant, Span
from topology.domain.history.latest import that_fit
from topology.domain.history.ledger import (
    Ledger,
    Order,
    append,
    comes_last,
    may_hold,
    oldest,
    pack,
    split_oldest,
)
from topology.domain.history.money import to_minor
from topology.domain.history.record import replace
from topology.domain.history.refunds import (
    TakenBack,
    add_taken_back,
    taken_back_of,
    waiting_refund,
    with_taken_back,
)
from topology.domain.history.state import History, Refund

KEPT: Final = 256
"""How many orders are kept whole: the newest, by time, then id. Older ones are folded."""

KEPT_REFUNDS: Final = 256
"""How many orders may have been refunded before they were heard of."""

LARGEST_REFUNDS: Final = 32_768
"""Bytes of the ids of such orders: enough for all, unless their ids are uncommonly long."""

NAMED_REFUND: Final = 32
"""Bytes among them of an edit, and of each refund that has an id of its own."""


def _place(order: Order) -> tuple[Instant, str]:
    return order.at, order.id


def order_of_message(
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


def add_order(history: History, order: Order, exchange: Exchange, window: Span) -> History:
    """Return the history with the order in them, once for each order id.

    Of two messages about one order the earlier counts, at one time the smaller total, then the
    channel that is first by the alphabet: so it does not matter which came first. That holds for
    orders that are kept whole: nobody can tell one that is folded from a new one. So an edit of an
    unknown order is kept until the order comes if there are folded ones: it may be one of these.
    """
    ledger = history.ledger
    if may_hold(ledger, order.id):
        orders = history.orders
        known = next((each for each in orders if each.id == order.id), None)
        if known is not None:
            return _merge(history, orders, known, order, exchange)
    if order.more is not None and history.past is not None:
        return _wait(history, order)
    if history.refunds:
        history, order = _meet_refunds(history, order, exchange)
    if comes_last(order, ledger):
        history = replace(history, ledger=append(ledger, order))
    elif (first := oldest(ledger)) is not None and _is_folded_at_once(order, first, ledger):
        return _with_folded(history, (order,), ledger, window)
    else:
        history = _insert(history, history.orders, order)
    return fold(history, window) if history.ledger.count > KEPT else history


def _is_folded_at_once(order: Order, first: Order, ledger: Ledger) -> bool:
    """True if there is no room for an order: it is older than all that are kept whole."""
    return ledger.count >= KEPT and _place(order) < _place(first)


def _merge(
    history: History, orders: tuple[Order, ...], known: Order, order: Order, exchange: Exchange
) -> History:
    """Let one of two messages about one order count, and the latest edit."""
    if order.more is None and counts_before(known) <= counts_before(order):
        return history
    met = meet(known, order, exchange)
    return _insert(history, tuple(each for each in orders if each.id != order.id), met)


def order_of(history: History, order_id: str) -> Order | None:
    """The order of an id, if it is among those that are whole."""
    newest = history.ledger.newest
    if newest is None or newest.id == order_id:
        return newest
    if not may_hold(history.ledger, order_id):
        return None
    return next((each for each in history.orders if each.id == order_id), None)


def _meet_refunds(history: History, order: Order, exchange: Exchange) -> tuple[History, Order]:
    """Take back at once what was refunded before the order was heard of."""
    waiting = next((each for each in history.refunds if each.order_id == order.id), None)
    if waiting is None:
        return history, order
    rest = tuple(each for each in history.refunds if each.order_id != order.id)
    return replace(history, refunds=rest), with_early_refund(order, waiting, exchange)


def _wait(history: History, edited: Order) -> History:
    """Keep an edit until its order comes."""
    known = next((each for each in history.refunds if each.order_id == edited.id), None)
    if known is None:
        known = Refund(edited.id, None, whole=False, at=edited.at)
    edit = later_edit(known.edit, edit_of(edited))
    known = replace(known, at=max(known.at, edited.at), edit=edit)
    return _with_waiting(history, known)


def _with_waiting(history: History, refund: Refund) -> History:
    others = (each for each in history.refunds if each.order_id != refund.order_id)
    return replace(history, refunds=that_wait((*others, refund)))


def _insert(history: History, orders: tuple[Order, ...], order: Order) -> History:
    kept = list(orders)
    insort(kept, order, key=_place)
    return replace(history, ledger=pack(kept))


def take_back(
    history: History, order_id: str, back: TakenBack, at: Instant, exchange: Exchange
) -> History:
    """Return the history with an order, or a part of it, taken back at an instant.

    An order that is not among those that are whole may still arrive: its refund waits. If it is
    folded, the refund changes nothing.
    """
    own = exchange.currency
    orders = history.orders if may_hold(history.ledger, order_id) else ()
    for place, order in enumerate(orders):
        if order.id == order_id:
            back = add_taken_back(taken_back_of(order, own), back)
            less = with_taken_back(order, back, exchange)
            return replace(history, ledger=pack((*orders[:place], less, *orders[place + 1 :])))
    known = next((each for each in history.refunds if each.order_id == order_id), None)
    if known is not None:
        at, back = max(known.at, at), add_taken_back(taken_back_of(known, own), back)
    edit = None if known is None else known.edit
    return _with_waiting(history, waiting_refund(order_id, back, at, exchange, edit))


def that_wait(refunds: Iterable[Refund]) -> tuple[Refund, ...]:
    """The refunds whose orders have not come yet, by order id: of too many the latest."""
    latest = sorted(refunds, key=lambda each: (each.at, each.order_id), reverse=True)
    kept = that_fit(latest, _room_of, KEPT_REFUNDS, LARGEST_REFUNDS)
    return tuple(sorted(kept, key=lambda each: each.order_id))


def _room_of(refund: Refund) -> int:
    return len(refund.order_id.encode()) + NAMED_REFUND * (
        len(refund.named) + (refund.edit is not None)
    )


def fold(history: History, window: Span) -> History:
    """Fold the oldest orders, so that no more than `KEPT` are whole.

    Which ones are whole follows from the orders, not from the order in which they came.
    """
    many = history.ledger.count - KEPT
    if many <= 0:
        return history
    out, ledger = split_oldest(history.ledger, many)
    return _with_folded(history, out, ledger, window)


def _with_folded(history: History, out: Iterable[Order], ledger: Ledger, window: Span) -> History:
    """Return the history with orders among the sums, and these ones whole.

    Refunds that are older than the window are given up: most are of folded orders.
    """
    newest = ledger.newest
    since = 0 if newest is None else newest.at - window
    refunds = history.refunds
    if refunds:
        refunds = tuple(each for each in refunds if each.at > since)
    return replace(history, ledger=ledger, past=fold_in(history.past, out, since), refunds=refunds)


def has_over(history: History, channels: int, many: int) -> bool:
    """True if so many orders that count came over channels, given as bits."""
    found = 0
    if history.past is not None:
        found = sum(each for channel, each in history.past.over if channels >> channel & 1)
    if found < many:
        found += sum(
            1 for order in history.orders if order.counts and channels >> order.channel & 1
        )
    return found >= many


def first_order(history: History) -> Order | None:
    """The first order that counts, or None if there is none or it is folded."""
    if history.past is not None:
        return None
    return next((order for order in history.orders if order.counts), None)
