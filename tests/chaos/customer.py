"""One customer of the synthetic load: what they do, in which order it comes, and what it means."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal

from schemas import topics
from tests.chaos.load import Sent
from tests.chaos.messages import track
from tests.oracle import Complaint, Event, Order, Refund

MOMENT: Final = timedelta(milliseconds=1)
LATEST: Final = timedelta(days=40)
"""How late an event may come."""

TOTALS: Final = (990, 2499, 4990, 9999, 25000, 60000)

SHOPPING: Final = {
    "Order Completed": 10,
    "Order Refunded": 3,
    "Order Cancelled": 1,
    "Product Reviewed": 2,
    "Product Viewed": 4,
}
TAKEN_BACK: Final = frozenset({"Order Refunded", "Order Cancelled"})
BAD_RATING: Final = 2
TALKING: Final = {"Complaint Filed": 4, "Complaint Resolved": 3, "Ticket Opened": 1}
SOCIAL: Final = {"Social Mentioned": 1, "Social Followed": 1}
ACTIONS: Final = {
    topics.SHOP_EVENTS: SHOPPING,
    topics.SUPPORT_EVENTS: TALKING,
    topics.SOCIAL_EVENTS: SOCIAL,
}
"""What may be heard of in each topic, and how often."""


class Habit(StrEnum):
    """What is special about how a customer's events come in."""

    IN_ORDER = "in order"
    LATE = "some of it late"
    STRAYING = "to the wrong partition or under a wrong key"
    EVERYWHERE = "through another topic in each round"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when something is sent: between two ticks of a round.

    `begin` and `end` are the ticks' instants, and `fresh` is whether no tick of this round has
    been sent yet. In the `last` part of the round no tick follows before all has been handed on.
    """

    round: int
    begin: datetime
    end: datetime
    fresh: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Emission:
    """A record, when it is sent, and what the oracle hears of it."""

    sent_at: datetime
    record: Sent
    told: Event | None


@dataclass(slots=True)
class Bought:
    """An order, and what is left of it."""

    order_id: str
    left: int


@dataclass
class Customer:
    """A customer, and how far their story is.

    Events of one topic stay in order, those of several do not: so all that a customer sends
    between two points at which everything has been processed goes through one topic.
    """

    name: str
    habit: Habit
    actions_a_day: float
    chance: random.Random
    home: int
    partitions: int
    present: datetime | None = None
    messages: int = 0
    turn: int = 0
    touched: int = 0
    bought: list[Bought] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    def live(self, place: Place) -> Iterator[Emission]:
        """Do what a customer does between two ticks."""
        if self.habit is Habit.STRAYING and not place.last:
            return
        topic = self._topic(place.round)
        if place.fresh and self.habit is Habit.LATE and self.chance.random() < self._busy(place):
            late = place.begin - LATEST * self.chance.random()
            yield from self._act(place, topic, late, place.begin + MOMENT)
        for at in self._instants(place):
            yield from self._act(place, topic, at, at)
            if self.habit is Habit.LATE and self.chance.random() < 0.4:
                late = at - LATEST * self.chance.random()
                yield from self._act(place, topic, late, at)

    def _topic(self, number: int) -> str:
        if self.habit is not Habit.EVERYWHERE:
            return topics.SHOP_EVENTS
        return topics.SOURCES[(self.home + number) % len(topics.SOURCES)]

    def _busy(self, place: Place) -> float:
        return min(0.5, self.actions_a_day * (place.end - place.begin).days / 4)

    def _instants(self, place: Place) -> list[datetime]:
        """When something happens: whole milliseconds, after the first tick, before the second."""
        span = (place.end - place.begin) // MOMENT
        expected = self.actions_a_day * ((place.end - place.begin) / timedelta(days=1))
        number = int(expected) + (self.chance.random() < expected % 1)
        return [
            place.begin + n * MOMENT for n in sorted(self.chance.sample(range(2, span), number))
        ]

    def _act(self, place: Place, topic: str, at: datetime, sent_at: datetime) -> Iterator[Emission]:
        """Do one thing; perhaps it is sent or told twice."""
        event = self._choose(topic)
        self.present = self._heard(place, at)
        self.touched = place.round
        told, properties = self._do(event, at)
        record = self._record(place, topic, event, at, properties)
        yield Emission(sent_at, record, told)
        if event == "Order Completed" and self.chance.random() < 0.1:
            more = {**properties, "total": properties["total"] + self.chance.choice((0, 10))}
            yield Emission(sent_at, self._record(place, topic, event, at, more), None)
        if self.sent and self.chance.random() < 0.1:
            yield Emission(sent_at, self.chance.choice(self.sent[-20:]), None)

    def _heard(self, place: Place, at: datetime) -> datetime:
        """When it takes effect: now, or if it is late at the customer's present.

        That is the latest that was heard, or the last tick since. Who is new has no present.
        """
        if self.present is None:
            return at
        if self.touched == place.round:
            return max(self.present, at)
        return max(self.present, at, place.begin)

    def _choose(self, topic: str) -> str:
        actions = ACTIONS[topic]
        event = self.chance.choices(list(actions), list(actions.values()))[0]
        if event in TAKEN_BACK and not self.bought:
            return "Order Completed"
        return event

    def _do(self, event: str, at: datetime) -> tuple[Event | None, dict[str, Any]]:
        """What the oracle hears, and the properties of the message."""
        self.turn += 1
        if event == "Order Completed":
            return self._buy(at)
        if event in TAKEN_BACK:
            return self._give_back(event, at)
        if event == "Complaint Resolved":
            return self._complaint(at, "resolution"), {}
        if event == "Complaint Filed":
            return self._complaint(at, "complaint"), {"ticket_id": f"t-{self.messages}"}
        if event == "Product Reviewed":
            rating = self.chance.randint(1, 5)
            bad = self._complaint(at, "complaint") if rating <= BAD_RATING else None
            return bad, {"rating": rating}
        return None, {"network": "x"} if event in SOCIAL else {}

    def _complaint(self, at: datetime, kind: Literal["complaint", "resolution"]) -> Event:
        return Complaint(self.name, at, kind, self.present, self.turn)

    def _buy(self, at: datetime) -> tuple[Event, dict[str, Any]]:
        order_id, cents = f"o-{self.name}-{self.messages}", self.chance.choice(TOTALS)
        self.bought.append(Bought(order_id, cents))
        told = Order(self.name, order_id, at, cents, self.present, self.turn)
        return told, {"order_id": order_id, "total": cents / 100, "currency": "EUR"}

    def _give_back(self, event: str, at: datetime) -> tuple[Event, dict[str, Any]]:
        """The whole of an order, or a part of what is left of it, or the rest."""
        bought = self.chance.choice(self.bought)
        cents = self.chance.choice((None, bought.left, self.chance.randint(1, bought.left)))
        if event == "Order Cancelled":
            cents = None
        bought.left -= bought.left if cents is None else cents
        if not bought.left:
            self.bought.remove(bought)
        told = Refund(self.name, bought.order_id, at, cents, self.present, self.turn)
        part = {} if cents is None else {"total": cents / 100}
        return told, {"order_id": bought.order_id, **part}

    def _record(
        self, place: Place, topic: str, event: str, at: datetime, properties: dict[str, Any]
    ) -> Sent:
        """A message of its own, addressed as this customer's habit has it."""
        self.messages += 1
        name = None if self.chance.random() < 0.1 else f"m-{self.name}-{self.messages}"
        value = track(event, at, name, self.name, properties)
        sent = Sent(topic, self.name.encode(), value)
        if self.habit is Habit.STRAYING:
            away = place.round % self.partitions
            partition = (self.home + away) % self.partitions
            key = sent.key if self.messages % 2 else b"key of somebody else"
            sent = Sent(topic, key, value, partition, strays=away != 0)
        if name is not None:
            self.sent.append(sent)  # and perhaps again
        return sent
