"""Messages as Segment's libraries send them, and as our API writes them to Kafka.

UTF-8 without escapes. The library adds its name and the ids; the API adds when the message arrived,
and corrects its time, which changes nothing here: the sender's clock is right.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from msgspec.json import encode

from benchmarks.loads.mix.products import Product
from schemas.messages.catalogue import IDENTIFY
from topology.domain.history.instant import Instant, to_datetime

SHOP: Final = "https://www.stammkunde-beispiel.de"
_LIBRARY: Final = {"name": "analytics-python", "version": "2.3.4"}
_BROWSERS: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
)
_APP: Final = 0.25
"""The share of messages from the shop's app; the others come from its web pages."""


@dataclass(frozen=True, slots=True)
class EventTimes:
    """When something happened, and when its message arrived: instants in whole milliseconds."""

    at: Instant
    received: Instant


def customer_id(number: int) -> str:
    """How a customer is called."""
    return f"c-{number:07d}"


def message(
    name: str,
    customer: str,
    times: EventTimes,
    content: Mapping[str, Any],
    context: Mapping[str, Any],
    chance: random.Random,
) -> bytes:
    """A message of the event `name`, or an `identify`, whose `content` are traits."""
    happened = to_datetime(times.at).isoformat(timespec="milliseconds")
    kind = (
        {"traits": content, "type": IDENTIFY}
        if name == IDENTIFY
        else {"properties": content, "type": "track", "event": name}
    )
    return encode(
        {
            "integrations": {},
            "timestamp": happened,
            "context": {**context, "library": _LIBRARY},
            "userId": customer,
            **kind,
            "messageId": _an_id(chance),
            "originalTimestamp": happened,
            "receivedAt": to_datetime(times.received).isoformat(timespec="milliseconds"),
        }
    )


def _an_id(chance: random.Random) -> str:
    """A random id, written as a UUID."""
    digits = f"{chance.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def visit(product: Product | None, chance: random.Random) -> dict[str, Any]:
    """The context of a message that a customer's visit to a page, or to the app, brings about."""
    if chance.random() < _APP:
        return {
            "channel": "app",
            "locale": "de-DE",
            "app": {"name": "Stammkunde", "version": "8.14.0"},
            "device": {"manufacturer": "Apple", "model": "iPhone16,2", "type": "ios"},
        }
    path, title = ("/", "Startseite") if product is None else (product.path, product.name)
    return {
        "locale": "de-DE",
        "ip": f"93.{chance.getrandbits(8)}.{chance.getrandbits(8)}.0",
        "userAgent": chance.choice(_BROWSERS),
        "page": {
            "path": path,
            "title": f"{title} | Stammkunde",
            "url": f"{SHOP}{path}",
            "referrer": f"{SHOP}/",
        },
    }
