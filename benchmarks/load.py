"""The load: orders of many customers, the same for every contestant."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Load:
    """How much of it. The orders spread over `days` days, in time order."""

    orders: int
    customers: int
    days: int = 365
    seed: int = 1


def orders(load: Load) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each order, as a shop would produce them."""
    chance = random.Random(load.seed)
    begin = datetime(2025, 1, 1, tzinfo=UTC)
    step = timedelta(days=load.days) / load.orders
    for number in range(load.orders):
        customer = f"c-{chance.randrange(load.customers):06d}"
        at = begin + number * step
        message = {
            "type": "track",
            "event": "Order Completed",
            "messageId": f"m-{number:08d}",
            "userId": customer,
            "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "context": {"channel": "web"},
            "properties": {
                "order_id": f"o-{number:08d}",
                "total": chance.randrange(500, 20_000) / 100,
                "currency": "EUR",
            },
        }
        yield customer.encode(), json.dumps(message).encode()
