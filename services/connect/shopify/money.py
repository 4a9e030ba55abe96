"""The money of an order at Shopify, all of it in the shop's currency.

An order has two currencies: the shop's, and the one that the customer saw (the presentment
currency). Amounts of orders come in both, those of transactions in the one that was paid in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from schemas.currency import is_money, minor_digits
from services.connect.mapped import Payload, UnmappableError
from services.connect.payload_fields import amount, at, identifier, objects, text

DIGITS: Final = 2
"""Of a currency that is not known."""


@dataclass(frozen=True, slots=True)
class Refunded:
    """The sum of all refunds that have succeeded, and when the last of them was made."""

    total: Decimal
    at: str | None


def currency_of(order: Payload) -> str | None:
    """Return the shop's currency."""
    return text(at(order, "total_price_set", "shop_money", "currency_code")) or text(
        order.get("currency")
    )


def price(order: Payload, field: str) -> Decimal | None:
    """Return an amount of an order or of a line of it, such as `total_price`."""
    found = amount(at(order, f"{field}_set", "shop_money", "amount"))
    return amount(order.get(field)) if found is None else found


def total_after_edits(order: Payload, first: Decimal, refunded: Decimal) -> Decimal:
    """Return what the order comes to after edits, before anything was given back.

    The current total is less than the total by lines that were removed, whether they were paid
    back or not. What was paid back is counted by itself.
    """
    current = price(order, "current_total_price")
    if current is None:
        return first
    return current if current >= first else min(first, current + refunded)


def refunded_of(order: Payload) -> Refunded:
    """Return what was given back: the successful refund transactions, and not the lines.

    Raises:
        UnmappableError: an amount is missing, or in a currency that the order does not have.
    """
    found: dict[str, Decimal] = {}
    last: str | None = None
    for refund, transaction in _successful(order):
        key = identifier(transaction.get("id")) or f"{len(found)}"
        found[key] = _in_shop_money(order, transaction)
        last = text(refund.get("processed_at")) or text(refund.get("created_at")) or last
    return Refunded(sum(found.values(), Decimal(0)), last)


def _successful(order: Payload) -> Iterator[tuple[Payload, Payload]]:
    for refund in objects(order.get("refunds")):
        for transaction in objects(refund.get("transactions")):
            if transaction.get("kind") == "refund" and transaction.get("status") == "success":
                yield refund, transaction


def _in_shop_money(order: Payload, transaction: Payload) -> Decimal:
    in_shop_money = amount(at(transaction, "amount_set", "shop_money", "amount"))
    if in_shop_money is not None:
        return in_shop_money
    paid = amount(transaction.get("amount"))
    if paid is None:
        raise UnmappableError("refunds.transactions.amount is missing, or no amount of money")
    own, currency = currency_of(order), text(transaction.get("currency"))
    if currency is None or own is None or currency == own:
        return paid
    shown = amount(at(order, "total_price_set", "presentment_money", "amount"))
    total = price(order, "total_price")
    code = at(order, "total_price_set", "presentment_money", "currency_code")
    if code != currency or not shown or total is None:
        raise UnmappableError(
            f"a refund is in {currency}: the order has no total in {currency} to convert it by"
        )
    digits = minor_digits(own) if is_money(own) else DIGITS
    return (paid * total / shown).quantize(Decimal(1).scaleb(-digits))
