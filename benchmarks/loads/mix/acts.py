"""What happens in the shop, as messages: one function for the content of each kind of event."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.loads.mix import text
from benchmarks.loads.mix.message import SHOP, visit
from benchmarks.loads.mix.products import Product, Zipf, assortment
from schemas.messages import catalogue

_LINES: Final = (1, 1, 1, 2, 2, 3, 4)
_WHOLE: Final = 0.5
"""The share of refunds of a whole order."""
_POPULAR: Final = Zipf(len(assortment()))


@dataclass(frozen=True, slots=True)
class Line:
    """So many pieces of a product."""

    product: Product
    quantity: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order of a customer."""

    order_id: str
    customer: int
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        """What it costs, in cents."""
        return sum(line.product.price * line.quantity for line in self.lines)


def an_order(order_id: str, customer: int, chance: random.Random) -> Order:
    """A new order of a customer."""
    lines = tuple(
        Line(_a_product(chance), chance.choice((1, 1, 1, 2))) for _ in range(chance.choice(_LINES))
    )
    return Order(order_id, customer, lines)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happens: an event's name, or `identify`; and the order that it is about."""

    name: str
    customer: int
    order: Order | None = None
    ticket: str | None = None


_Content = tuple[dict[str, Any], dict[str, Any]]


def content_of(act: Act, chance: random.Random) -> _Content:
    """The properties, or traits, of its message, and the context."""
    return _CONTENTS[act.name](act, chance)


def _a_product(chance: random.Random) -> Product:
    return assortment()[_POPULAR.draw(chance)]


def _looks_at(_act: Act, chance: random.Random) -> _Content:
    product = _a_product(chance)
    content = {
        "product_id": product.product_id,
        "sku": product.sku,
        "category": product.category,
        "name": product.name,
        "brand": product.brand,
        "variant": product.variant,
        "price": product.price / 100,
        "quantity": 1,
        "currency": "EUR",
        "position": chance.getrandbits(5),
        "url": f"{SHOP}{product.path}",
        "image_url": f"{SHOP}/bild/{product.product_id}.webp",
    }
    return content, visit(product, chance)


def _orders(act: Act, chance: random.Random) -> _Content:
    assert act.order is not None
    total = act.order.total
    content = {
        "checkout_id": f"k-{chance.getrandbits(48):012x}",
        "order_id": act.order.order_id,
        "affiliation": "Onlineshop für Österreich und Süddeutschland",
        "total": total / 100,
        "subtotal": round(total / 119),
        "tax": round(total / 100 - total / 119, 2),
        "shipping": 0,
        "currency": "EUR",
        "products": [_line(line) for line in act.order.lines],
    }
    return content, visit(None, chance)


def _line(line: Line) -> dict[str, Any]:
    product = line.product
    return {
        "product_id": product.product_id,
        "sku": product.sku,
        "name": product.name,
        "category": product.category,
        "brand": product.brand,
        "price": product.price / 100,
        "quantity": line.quantity,
    }


def _refunds(act: Act, chance: random.Random) -> _Content:
    assert act.order is not None
    cents = act.order.total
    if chance.random() >= _WHOLE:
        cents = act.order.lines[0].product.price
    content = {
        "order_id": act.order.order_id,
        "refund_id": f"r-{chance.getrandbits(48):012x}",
        "total": cents / 100,
        "currency": "EUR",
        "reason": chance.choice(text.COMPLAINTS),
    }
    return content, {}


def _cancels(act: Act, chance: random.Random) -> _Content:
    assert act.order is not None
    content = {"order_id": act.order.order_id, "total": act.order.total / 100, "currency": "EUR"}
    return content | {"reason": chance.choice(text.COMPLAINTS)}, {}


def _reviews(_act: Act, chance: random.Random) -> _Content:
    product, rating = _a_product(chance), chance.choice((1, 2, 3, 4, 4, 4, 5, 5, 5, 5))
    body = chance.choice(text.PRAISE if rating > 2 else text.COMPLAINTS)
    content = {"product_id": product.product_id, "rating": rating, "review_body": body}
    return content, visit(product, chance)


def _has_a_ticket(act: Act, chance: random.Random) -> _Content:
    content = {"ticket_id": act.ticket, "topic": chance.choice(text.TOPICS), "severity": "normal"}
    return content, {"locale": "de-DE"}


def _answers(_act: Act, chance: random.Random) -> _Content:
    score = chance.choice((3, 6, 7, 8, 9, 9, 10, 10))
    comment = chance.choice(text.PRAISE if score > 6 else text.COMPLAINTS)
    return {"survey": "nps", "score": score, "comment": comment}, {"locale": "de-DE"}


def _is_social(_act: Act, chance: random.Random) -> _Content:
    content = {
        "network": chance.choice(("instagram", "pinterest", "facebook", "tiktok")),
        "sentiment": chance.choice((-0.2, 0.1, 0.4, 0.6, 0.9)),
        "text": chance.choice(text.PRAISE),
    }
    return content, {}


def _says_who_they_are(act: Act, chance: random.Random) -> _Content:
    first, last = chance.choice(text.FIRST_NAMES), chance.choice(text.LAST_NAMES)
    traits: dict[str, Any] = {
        "firstName": first,
        "lastName": last,
        "email": f"kunde{act.customer:07d}@beispiel.de",
        "street": f"{chance.choice(text.STREETS)} {chance.randrange(1, 90)}",
        "postalCode": f"{chance.randrange(1_000, 99_999):05d}",
        "city": chance.choice(text.CITIES),
        "timezone": chance.choice(("Europe/Berlin", "Europe/Vienna", "Europe/Zurich")),
        "birthday": f"{chance.randrange(1940, 2007)}-{chance.randrange(1, 13):02d}-"
        f"{chance.randrange(1, 29):02d}",
    }
    return traits, visit(None, chance)


_CONTENTS: Final[Mapping[str, Callable[[Act, random.Random], _Content]]] = {
    catalogue.PRODUCT_VIEWED.name: _looks_at,
    catalogue.PRODUCT_ADDED.name: _looks_at,
    catalogue.CHECKOUT_STARTED.name: _looks_at,
    catalogue.ORDER_COMPLETED.name: _orders,
    catalogue.ORDER_REFUNDED.name: _refunds,
    catalogue.ORDER_CANCELLED.name: _cancels,
    catalogue.PRODUCT_REVIEWED.name: _reviews,
    catalogue.TICKET_OPENED.name: _has_a_ticket,
    catalogue.TICKET_RESOLVED.name: _has_a_ticket,
    catalogue.COMPLAINT_FILED.name: _has_a_ticket,
    catalogue.COMPLAINT_RESOLVED.name: _has_a_ticket,
    catalogue.SURVEY_ANSWERED.name: _answers,
    catalogue.SOCIAL_FOLLOWED.name: _is_social,
    catalogue.SOCIAL_MENTIONED.name: _is_social,
    catalogue.SOCIAL_CONTENT_ENGAGED.name: _is_social,
    catalogue.IDENTIFY: _says_who_they_are,
}
