"""An order of Shopify's as a snapshot."""

from collections.abc import Iterator
from typing import Any, Final

from services.connect.mapped import Mapped, Outcome, Payload, UnmappableError
from services.connect.naming import Naming
from services.connect.order_messages import OrderSnapshot, messages_of_order, product
from services.connect.payload_fields import amount, identifier, needed, objects, text
from services.connect.shopify.customers import customer_name, guest_of, known_customer
from services.connect.shopify.money import currency_of, price, refunded_of, total_after_edits

CHANNELS: Final = {"pos": "store", "web": "web", "iphone": "app", "android": "app"}
"""Our channels by Shopify's `source_name`."""


def map_order(order: Payload, naming: Naming, *, is_new: bool) -> Mapped:
    """Map an order as it is now.

    Raises:
        UnmappableError: a field that decides is missing.
    """
    if order.get("test") is True:
        return Mapped(Outcome.TEST, detail="it is a test order")
    customer = order.get("customer")
    name = customer_name(naming, customer, order.get("email"), order.get("contact_email"))
    snapshot = _snapshot(order, name or "")
    if name is None:
        return Mapped(Outcome.NOBODY, detail="the order has no customer and no e-mail address")
    messages = messages_of_order(snapshot, naming, is_new=is_new)
    who = (
        known_customer(customer, naming)
        if isinstance(customer, dict) and identifier(customer.get("id")) is not None
        else guest_of(order, name, snapshot.placed_at, naming)
    )
    return Mapped(Outcome.TAKEN, messages if who is None else (who, *messages))


def _snapshot(order: Payload, name: str) -> OrderSnapshot:
    placed_at = text(order.get("processed_at")) or text(order.get("created_at"))
    placed_at = needed(placed_at, "created_at")
    total = price(order, "total_price")
    if total is None:
        raise UnmappableError("total_price is missing, or no amount of money")
    refunded = refunded_of(order)
    return OrderSnapshot(
        native_id=needed(identifier(order.get("id")), "id"),
        customer=name,
        placed_at=placed_at,
        changed_at=text(order.get("updated_at")) or placed_at,
        first_total=total,
        total=total_after_edits(order, total, refunded.total),
        currency=currency_of(order),
        refunded=refunded.total,
        refunded_at=refunded.at,
        cancelled_at=text(order.get("cancelled_at")),
        products=tuple(_products(order)),
        coupon=next(
            (text(each.get("code")) for each in objects(order.get("discount_codes"))), None
        ),
        channel=CHANNELS.get(str(order.get("source_name"))),
    )


def _products(order: Payload) -> Iterator[dict[str, Any]]:
    """Return the products that are in the order now. A line that names no product is left out."""
    for line in objects(order.get("line_items")):
        product_id = identifier(line.get("product_id"))
        quantity = amount(line.get("current_quantity", line.get("quantity")))
        if product_id is None or quantity == 0:
            continue
        cost = price(line, "price")
        yield product(product_id, quantity, cost)
