"""Whoever pays at the till without a name: one id with thousands of orders."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas import topics
from tests.chaos.customer import MILLISECOND, Emission, Place
from tests.chaos.load import Sent
from tests.chaos.messages import as_bytes, message, tracked
from tests.oracle import ReceivedMessage

NAME: Final = "walk-in"
MOST_CENTS: Final = 5000


@dataclass
class WalkIn:
    """So many orders, evenly spread over `span`: oldest first, or in each second round newest.

    All of them come within the time of their part, and nothing is ever given back.
    """

    orders: int
    begin: datetime
    span: timedelta
    chance: random.Random
    messages: int = 0
    present: datetime | None = None

    def live(self, place: Place) -> Iterator[Emission]:
        """Sell between two ticks."""
        number = round(self.orders * ((place.end - self.begin) / self.span)) - self.messages
        length = (place.end - place.begin) // MILLISECOND
        chosen = sorted(self.chance.sample(range(1, length), number), reverse=place.round % 2 == 0)
        for count, each in enumerate(chosen, start=1):
            sent_at = place.begin + (place.end - place.begin) * count / (number + 1)
            yield self._order(place.begin + each * MILLISECOND, sent_at)

    def _order(self, at: datetime, sent_at: datetime) -> Emission:
        self.messages += 1
        total = self.chance.randint(1, MOST_CENTS) / 100
        properties = {"order_id": f"o-{NAME}-{self.messages}", "total": total, "currency": "EUR"}
        name = f"m-{NAME}-{self.messages}"
        whole = message(at, name, NAME, tracked("Order Completed", properties))
        self.present = at if self.present is None else max(self.present, at)
        record = Sent(topics.SHOP_EVENTS, NAME.encode(), as_bytes(whole))
        return Emission(sent_at, record, ReceivedMessage(whole, self.present))
