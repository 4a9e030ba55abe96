"""The messages of an order, whichever shop system it is of.

A snapshot of an order becomes all messages that it proves, with the same ids each time: so a
snapshot that arrives twice, late or never costs nothing, as long as a later one arrives.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from services.connect.naming import Naming, track, without_missing

MOST_PRODUCTS: Final = 200
"""Products of a message. With more it could be too large to be taken."""


@dataclass(frozen=True, slots=True)
class OrderSnapshot:
    """What a shop says of one order at one time."""

    native_id: str
    customer: str
    """The customer's name."""
    placed_at: str
    changed_at: str
    first_total: Decimal
    """The total as of the order, before anything was given back."""
    total: Decimal
    """The total after edits, before anything was given back."""
    currency: str | None
    refunded: Decimal = Decimal(0)
    """All that has been given back until now."""
    refunded_at: str | None = None
    is_refunded_whole: bool = False
    """Whether all of it was given back, and the shop does not say how much that is."""
    cancelled_at: str | None = None
    products: tuple[dict[str, Any], ...] = ()
    coupon: str | None = None
    channel: str | None = None


def product(product_id: str, quantity: Decimal | None, price: Decimal | None) -> dict[str, Any]:
    """Return a product of an order, as messages have it."""
    return without_missing(
        {
            "product_id": product_id,
            "quantity": None if quantity is None else f"{quantity:f}",
            "price": None if price is None else f"{price:f}",
        }
    )


def messages_of_order(
    order: OrderSnapshot, naming: Naming, *, is_new: bool
) -> tuple[dict[str, Any], ...]:
    """Return the messages that a snapshot proves. A new order has no edit yet.

    All refunds of an order are one, whose total is their sum: of several totals under one
    `refund_id` the largest counts, so the order of snapshots does not matter.
    """
    messages = [_completed(order, naming)]
    if not is_new:
        messages.append(_updated(order, naming))
    if order.refunded > 0 or order.is_refunded_whole:
        messages.append(_refunded(order, naming))
    if order.cancelled_at is not None:
        properties = {"order_id": naming.name(order.native_id)}
        messages.append(
            _track("Order Cancelled", order, naming, order.cancelled_at, properties, "cancelled")
        )
    return tuple(messages)


def _completed(order: OrderSnapshot, naming: Naming) -> dict[str, Any]:
    properties = _with_total(order, naming, order.first_total)
    return _track("Order Completed", order, naming, order.placed_at, properties, "completed")


def _updated(order: OrderSnapshot, naming: Naming) -> dict[str, Any]:
    properties = _with_total(order, naming, order.total)
    state = (order.changed_at, properties["total"])
    return _track("Order Updated", order, naming, order.changed_at, properties, "updated", *state)


def _refunded(order: OrderSnapshot, naming: Naming) -> dict[str, Any]:
    order_id = naming.name(order.native_id)
    properties = {"order_id": order_id, "refund_id": f"{order_id}:refunded"}
    if order.refunded > 0:
        properties["total"] = f"{order.refunded:f}"
        if order.currency is not None:
            properties["currency"] = order.currency
    state = properties.get("total", "whole")
    at = order.refunded_at or order.changed_at
    return _track("Order Refunded", order, naming, at, properties, "refunded", state)


def _with_total(order: OrderSnapshot, naming: Naming, total: Decimal) -> dict[str, Any]:
    return without_missing(
        {
            "order_id": naming.name(order.native_id),
            "total": f"{total:f}",
            "currency": order.currency,
            "products": list(order.products[:MOST_PRODUCTS]) or None,
            "coupon": order.coupon,
        }
    )


def _track(
    event: str,
    order: OrderSnapshot,
    naming: Naming,
    at: str,
    properties: dict[str, Any],
    *state: str,
) -> dict[str, Any]:
    message_id = naming.message_id("order", order.native_id, *state)
    message = track(event, order.customer, message_id, at, properties)
    if order.channel is not None:
        message["context"] = {"channel": order.channel}
    return message
