"""The total of an order, an edit or a refund, and its currency.

The total is `total`, or stands under one of the names in `TOTALS`: in any case, with or without
signs. A refund without a total is of the products that came back: their prices times their
quantities. Without either it is of the whole order.

A message is refused if its total may stand under a name that may mean something else (`unsure`). To
read such a name could count a part of an order as the whole; to pass it over could lose an edit.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from schemas.messages.catalogue import ORDER_COMPLETED, ORDER_REFUNDED, ORDER_UPDATED
from schemas.messages.reading.json_text import Json, PassedOver, is_absent
from schemas.messages.reading.near_names import UnclearFieldError
from schemas.messages.spelling import folded
from schemas.plain_json import number_in

_OF_ORDERS: Final = (
    *("revenue", "value", "ordertotal", "totalprice", "totalamount", "grandtotal"),
    *("ordervalue", "orderamount", "totalvalue"),
)
_OF_REFUNDS: Final = (
    *("revenue", "value", "refundtotal", "refundamount", "refundvalue", "amount"),
)


class _Total(NamedTuple):
    """How the total of an event may be sent."""

    names: tuple[str, ...]
    """Its other names, without case and signs: the first one with a value counts."""
    unsure: tuple[str, ...]
    """Names that may mean something else, such as all refunds so far."""
    write: str
    """What the sender should write instead of an unsure name."""


_UNSURE_OF_ALL: Final = ("sum", "price", "totalpaid", "amountpaid", "currenttotalprice")
_UNSURE_OF_ORDERS: Final = (*_UNSURE_OF_ALL, "amount")
"""The `amount` of an order may be a number of things, or cents."""
_UNSURE_OF_REFUNDS: Final = (
    *_UNSURE_OF_ALL,
    *(name for name in _OF_ORDERS if name not in _OF_REFUNDS),
    *("refund", "refunded", "refundedamount", "amountrefunded", "totalrefunded"),
    *("refundedtotal", "totalrefund", "refundprice"),
)
"""The `order_total` of a refund is the order's."""

_CURRENCIES: Final = ("currencycode",)
"""Other names of the currency, without case and signs."""

TOTALS: Final[Mapping[str, _Total]] = {
    ORDER_COMPLETED.name: _Total(_OF_ORDERS, _UNSURE_OF_ORDERS, "what the order comes to as total"),
    ORDER_UPDATED.name: _Total(
        _OF_ORDERS,
        _UNSURE_OF_ORDERS,
        "what the order comes to now as total; leave both out if it is unchanged",
    ),
    ORDER_REFUNDED.name: _Total(
        _OF_REFUNDS,
        _UNSURE_OF_REFUNDS,
        "what is given back as total; leave both out for the whole order",
    ),
}
"""By the event."""


def set_amount(content: Json, pass_over: PassedOver) -> None:
    """Put the total into `total`, and trim the currency.

    An edit without a total changes nothing, so its products are ignored. Without a total the
    currency is left out.

    Raises:
        UnclearFieldError: there is no total, but an unsure name, or products without prices.
    """
    event, properties = content.get("event"), content.get("properties")
    if content.get("type") != "track" or not isinstance(event, str) or event not in TOTALS:
        return
    if not isinstance(properties, dict):
        return
    _set_currency(properties)
    if not is_absent(properties.get("total")):
        return
    properties.pop("total", None)
    name = sent_as(properties, TOTALS[event].names)
    if name is not None:
        properties["total"] = properties[name]
    else:
        _without_total(event, properties, pass_over)


def sent_as(properties: Json, known: Iterable[str]) -> str | None:
    """The first of these names under which a value was sent, in the sender's spelling."""
    sent = {folded(name): name for name, value in properties.items() if not is_absent(value)}
    return next((sent[name] for name in known if name in sent), None)


def _without_total(event: str, properties: Json, pass_over: PassedOver) -> None:
    unsure = sent_as(properties, TOTALS[event].unsure)
    if unsure is not None:
        msg = (
            f"properties.total is missing, and `{unsure[:60]}` may mean something else: write "
            f"{TOTALS[event].write}"
        )
        raise UnclearFieldError(msg)
    if event == ORDER_REFUNDED.name and properties.get("products"):
        properties["total"] = _worth(properties["products"])
        return
    if event == ORDER_COMPLETED.name:
        return
    if event == ORDER_UPDATED.name and properties.pop("products", None):
        pass_over("properties.products")
    properties.pop("currency", None)


def _worth(products: Any) -> float:
    """The total of the products of a refund. A line without a quantity is of one piece."""
    lines = products if isinstance(products, list) else [None]
    total = Decimal(0)
    for line in lines:
        product = line if isinstance(line, dict) else {}
        count = product.get("quantity")
        price = number_in(product.get("price"))
        quantity = 1.0 if count is None else number_in(count)
        if price is None or quantity is None or price < 0 or quantity < 0:
            msg = (
                "properties.total is missing, and not every product has a price that can be read: "
                "write what is given back as total, or price and quantity of each product; leave "
                "total and products out for the whole order"
            )
            raise UnclearFieldError(msg)
        total += Decimal(repr(price)) * Decimal(repr(quantity))
    return float(total)


def _set_currency(properties: Json) -> None:
    """Put the currency into `currency`, without blanks. An empty one is left out."""
    if is_absent(properties.get("currency")):
        name = sent_as(properties, _CURRENCIES)
        if name is not None:
            properties["currency"] = properties[name]
    currency = properties.get("currency")
    if not isinstance(currency, str):
        return
    properties["currency"] = currency.strip()
    if not properties["currency"]:
        del properties["currency"]
