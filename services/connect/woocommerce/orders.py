"""An order of WooCommerce's as a snapshot."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from services.connect.mapped import Mapped, Outcome, Payload, UnmappableError
from services.connect.naming import Naming
from services.connect.order_messages import OrderSnapshot, messages_of_order, product
from services.connect.payload_fields import amount, identifier, needed, objects, text
from services.connect.woocommerce.customers import buyer_of, customer_of, utc

NOT_PLACED: Final = frozenset(
    {"auto-draft", "checkout-draft", "draft", "failed", "pending", "trash"}
)
"""The statuses of an order that nobody has paid or agreed to pay. It may still be placed."""
CANCELLED: Final = "cancelled"
REFUNDED: Final = "refunded"


def map_order(order: Payload, naming: Naming, *, is_new: bool) -> Mapped:
    """Map an order as it is now.

    Raises:
        UnmappableError: a field that decides is missing.
    """
    status = needed(text(order.get("status")), "status").removeprefix("wc-")
    if status in NOT_PLACED:
        return Mapped(Outcome.NOT_YET, detail=f"the order is not placed: its status is {status}")
    name = customer_of(order, naming)
    snapshot = _snapshot(order, name or "", status)
    if name is None:
        return Mapped(Outcome.NOBODY, detail="the order has no customer and no e-mail address")
    messages = messages_of_order(snapshot, naming, is_new=is_new)
    return Mapped(Outcome.TAKEN, (buyer_of(order, name, snapshot.placed_at, naming), *messages))


def _snapshot(order: Payload, name: str, status: str) -> OrderSnapshot:
    placed_at = needed(utc(order.get("date_created_gmt")), "date_created_gmt")
    changed_at = utc(order.get("date_modified_gmt")) or placed_at
    total = amount(order.get("total"))
    if total is None:
        raise UnmappableError("total is missing, or no amount of money")
    refunded = _refunded(order)
    return OrderSnapshot(
        native_id=needed(identifier(order.get("id")), "id"),
        customer=name,
        placed_at=placed_at,
        changed_at=changed_at,
        first_total=total,
        total=total,
        currency=text(order.get("currency")),
        refunded=refunded,
        is_refunded_whole=status == REFUNDED and not refunded,
        cancelled_at=changed_at if status == CANCELLED else None,
        products=tuple(_products(order)),
        coupon=next((text(each.get("code")) for each in objects(order.get("coupon_lines"))), None),
    )


def _refunded(order: Payload) -> Decimal:
    """Return the sum of all refunds. They are in the order, as negative texts.

    Raises:
        UnmappableError: one has no amount.
    """
    found = Decimal(0)
    for refund in objects(order.get("refunds")):
        total = amount(refund.get("total"))
        if total is None:
            raise UnmappableError("refunds.total is missing, or no amount of money")
        found += abs(total)
    return found


def _products(order: Payload) -> Iterator[dict[str, Any]]:
    for line in objects(order.get("line_items")):
        product_id = identifier(line.get("product_id"))
        if product_id is not None:
            yield product(product_id, amount(line.get("quantity")), amount(line.get("price")))
