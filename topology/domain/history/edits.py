"""Edits: an order gets another total. The latest edit counts.

The time of an order is that of its Order Completed; of several the one that counts. An edit does
not change it. An order of which only edits have come was made at the first of them.
"""

from schemas.currency import minor_digits
from topology.domain.history.channels import CHANNELS
from topology.domain.history.exchange import Exchange, convert_at_nearest
from topology.domain.history.foreign import LARGEST, Foreign
from topology.domain.history.instant import Instant
from topology.domain.history.ledger import Edit, First, More, Order
from topology.domain.history.money import to_minor
from topology.domain.history.record import replace
from topology.domain.history.refunds import (
    TakenBack,
    add_taken_back,
    taken_back_of,
    with_taken_back,
)
from topology.domain.history.state import Refund


def edited_order(at: Instant, order_id: str, edit: Edit, channel: int, exchange: Exchange) -> Order:
    """The order of which only an edit has come, made at an instant."""
    order = Order(at, order_id, 0, channel=channel, more=More(edit=edit, first=First(is_edit=True)))
    return _resolved(order, edit, TakenBack({}), exchange)


def meet(one: Order, other: Order, exchange: Exchange) -> Order:
    """Return the order that two messages, or two rows, make together."""
    own = exchange.currency
    first = min(one, other, key=counts_before)
    back = add_taken_back(taken_back_of(one, own), taken_back_of(other, own))
    return _resolved(first, later_edit(edit_of(one), edit_of(other)), back, exchange)


def with_early_refund(order: Order, waiting: Refund, exchange: Exchange) -> Order:
    """Return an order with the refunds and the edit that had come before it."""
    own = exchange.currency
    back = add_taken_back(taken_back_of(order, own), taken_back_of(waiting, own))
    return _resolved(order, later_edit(edit_of(order), waiting.edit), back, exchange)


def counts_before(order: Order) -> tuple[bool, Instant, int, str, str, int]:
    """Of several messages about one order the one with the smallest of these counts."""
    first = _first_of(order)
    channel = CHANNELS[order.channel]
    return first.is_edit, order.at, first.total, channel, first.currency, first.original


def edit_of(order: Order) -> Edit | None:
    """The latest edit, if there was one."""
    return None if order.more is None else order.more.edit


def edit_that_counts(order: Order) -> Edit | None:
    """The latest edit, unless the order was made after it."""
    edit = edit_of(order)
    return edit if edit is not None and _counts(edit, order.at, _first_of(order)) else None


def _first_of(order: Order) -> First:
    if order.more is not None and order.more.first is not None:
        return order.more.first
    foreign = order.foreign
    return (
        First(order.total)
        if foreign is None
        else First(order.total, foreign.currency, foreign.total)
    )


def later_edit(one: Edit | None, other: Edit | None) -> Edit | None:
    """Of two edits at one time the smaller total counts."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda each: (each.at, -each.total, each.currency or ""))


def _counts(edit: Edit, ordered_at: Instant, first: First) -> bool:
    return first.is_edit or edit.at >= ordered_at


def _resolved(order: Order, edit: Edit | None, back: TakenBack, exchange: Exchange) -> Order:
    """An order as it is after its edit, and after what was taken back of it."""
    first = _first_of(order)
    total, foreign = first.total, None
    if first.currency:
        foreign = Foreign(first.currency, first.original)
    if edit is not None and _counts(edit, order.at, first):
        total, foreign = _worth(edit, first, order.at, exchange)
    more = None if edit is None else More(edit=edit, first=first)
    order = replace(order, total=total, refunded=foreign, whole=False, more=more)
    return with_taken_back(order, back, exchange)


def _worth(edit: Edit, first: First, at: Instant, exchange: Exchange) -> tuple[int, Foreign | None]:
    """What an edited order comes to, at the rate of the day on which it was ordered."""
    currency = edit.currency or first.currency or exchange.currency
    if currency == exchange.currency:
        return to_minor(edit.total, exchange.digits), None
    original = to_minor(edit.total, minor_digits(currency))
    converted = convert_at_nearest(original, currency, at, exchange)
    return min(converted, LARGEST), Foreign(currency, original)
