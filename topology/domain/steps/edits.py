"""Edits in a history: an order gets another total, and other products."""

from collections.abc import Iterable

from schemas.messages.shop import EditProperties, OrderProperties, Product
from topology.domain.history.channels import is_online
from topology.domain.history.edits import edit_of, edit_that_counts, edited_order
from topology.domain.history.event import Event, word_at
from topology.domain.history.instant import Instant
from topology.domain.history.ledger import Edit, Order
from topology.domain.history.orders import add_order, order_of
from topology.domain.history.record import replace
from topology.domain.history.research import bought_elsewhere, remember
from topology.domain.history.state import History
from topology.domain.policy.rulebook import Rulebook


def edit_order(
    history: History, event: Event[EditProperties], _as_of: Instant, book: Rulebook
) -> History:
    """An edit replaces the order's total, and the products if it names any.

    One without a total changes neither: which products are in an order goes by its latest total.
    """
    properties = event.properties
    if properties.total is None:
        return history
    order_id, currency = properties.order_id, properties.currency
    known = order_of(history, order_id)
    before = None if known is None else edit_of(known)
    at = word_at(event, () if before is None else (before.at,))
    code = None if currency is None else currency.upper()
    edit = Edit(at, properties.total, code, bool(properties.products))
    edited = edited_order(event.at, order_id, edit, event.channel, book.exchange)
    history = add_order(history, edited, book.exchange, book.window)
    order = order_of(history, order_id)
    if order is None:
        return history
    if not edit.has_products or edit_that_counts(order) != edit:
        return _moved(history, known, order)
    buys = history.buys
    for each in (order,) if known is None else (known, order):
        buys = bought_elsewhere(buys, each.at, is_online(each.channel))
    online = is_online(order.channel)
    return replace(history, buys=remember(buys, order.at, online, properties.products))


def products_of_repeated(
    before: History, history: History, event: Event[OrderProperties]
) -> tuple[History, Iterable[Product]]:
    """The history after a known order arrived again, and the products that are still in it.

    None are in it if a later edit has other products: these were bought when the order was made.
    """
    properties = event.properties
    known, order = order_of(before, properties.order_id), order_of(history, properties.order_id)
    edit = None if known is None or order is None else edit_that_counts(order)
    if order is None or edit is None or not edit.has_products:
        return history, properties.products
    return _moved(history, known, order), ()


def _moved(history: History, known: Order | None, order: Order) -> History:
    """Move the products of an order that turned out to have been made at another time."""
    if known is None or known.at == order.at:
        return history
    was, now = is_online(known.channel), is_online(order.channel)
    return replace(history, buys=bought_elsewhere(history.buys, known.at, was, (order.at, now)))
