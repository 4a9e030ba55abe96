"""The load: orders of many customers, the same for every contestant."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Load:
    """How much of it. The orders are spread evenly over `period` from `begin`, in time order."""

    orders: int
    customers: int
    begin: datetime
    period: timedelta
    seed: int = 1


def live_load(orders: int, customers: int, now: datetime) -> Load:
    """Orders within the last hour: nothing falls due by the clock."""
    return Load(orders, customers, now - timedelta(hours=1), timedelta(hours=1))


def backfill_load(orders: int, customers: int) -> Load:
    """The same orders over a year: between them the clock walks customers through what was due."""
    return Load(orders, customers, datetime(2025, 1, 1, tzinfo=UTC), timedelta(days=365))


def orders(load: Load) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each order, as a shop would produce them."""
    chance = random.Random(load.seed)
    step = load.period / load.orders
    for number in range(load.orders):
        customer = f"c-{chance.randrange(load.customers):06d}"
        total = chance.randrange(500, 20_000)
        yield customer.encode(), order_message(number, customer, load.begin + number * step, total)


def order_message(number: int, customer: str, at: datetime, total: int) -> bytes:
    """The message of one order. Its `total` is given in cents."""
    message = {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"m-{number:08d}",
        "userId": customer,
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "context": {"channel": "web"},
        "properties": {"order_id": f"o-{number:08d}", "total": total / 100, "currency": "EUR"},
    }
    return json.dumps(message).encode()
