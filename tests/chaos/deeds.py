"""What a customer may do, what is done to them, and what messages say of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from schemas import topics
from schemas.messages.catalogue import EVENT_TYPES
from tests.chaos.exchange import UNITS, currency_of
from tests.chaos.messages import Json, tracked
from tests.schemas.examples import properties_of

PURSES: Final = ((190, 990, 2499), (990, 2499, 4990, 9999, 25000, 60000))
"""What an order of a customer may be worth, in cents: some never spend much."""

IDENTIFY: Final = "identify"
OF_AN_ORDER: Final = frozenset({"Order Updated", "Order Refunded", "Order Cancelled"})
OF_THE_LIST: Final = frozenset({"Customer Suppressed", "Customer Unsuppressed"})

SHOPPING: Final = {
    "Order Completed": 20,
    "Order Updated": 2,
    "Order Refunded": 4,
    "Order Cancelled": 1,
    "Product Reviewed": 3,
    "Page Viewed": 1,
    "Screen Viewed": 1,
    "Product Viewed": 4,
    "Product Added": 1,
    "Cart Viewed": 1,
    "Checkout Started": 1,
    "Store Visited": 1,
    "Coupon Applied": 1,
    "Newsletter Subscribed": 2,
    "Newsletter Unsubscribed": 1,
    "Retention Action Delivered": 6,
    "Retention Action Responded": 1,
    IDENTIFY: 6,
}
TALKING: Final = {
    "Complaint Filed": 4,
    "Complaint Resolved": 4,
    "Ticket Opened": 1,
    "Ticket Resolved": 1,
    "Survey Answered": 3,
    "Live Chat Conversation Started": 1,
    "Live Chat Conversation Ended": 1,
    "Customer Suppressed": 1,
    "Customer Unsuppressed": 1,
    IDENTIFY: 1,
}
MEETING: Final = {
    "Social Followed": 3,
    "Social Unfollowed": 2,
    "Social Mentioned": 3,
    "Social Message Received": 1,
    "Social Content Engaged": 1,
}
NEW: Final = {
    each.name: each.topic
    for each in EVENT_TYPES
    if each.name not in {*SHOPPING, *TALKING, *MEETING}
}
"""Events of the contract that have no weight above: they come as their examples have them."""


def _deeds(topic: str, weights: dict[str, int]) -> dict[str, int]:
    return weights | {event: 1 for event, of in NEW.items() if of == topic}


DEEDS: Final = {
    topics.SHOP_EVENTS: _deeds(topics.SHOP_EVENTS, SHOPPING),
    topics.SUPPORT_EVENTS: _deeds(topics.SUPPORT_EVENTS, TALKING),
    topics.SOCIAL_EVENTS: _deeds(topics.SOCIAL_EVENTS, MEETING),
}
"""The events in each topic, and how often they come."""

TRAITS: Final[dict[str, tuple[Any, ...]]] = {
    "birthday": ("1980-02-29", "1975-06-01", "2001-12-31", "unknown"),
    "timezone": ("America/New_York", "Asia/Tokyo", "Europe/Berlin", "Nowhere"),
    "consent": (
        *(True, "GRANTED", {"mail": "GRANTED"}, {"mail": "granted", "phone": "DENIED"}),
        *(False, {"mail": "DENIED"}, {"mail": "REVOKED"}, {"phone": "GRANTED"}),
    ),
    "persona": ("early bird", "Zoë", 7, None, ["a list"]),
}
CHANNELS: Final = (None, "web", "app", "store", "marketplace", "partner", "phone", "social")


@dataclass(slots=True)
class Bought:
    """An order, and what is left of it in minor units of its currency."""

    order_id: str
    left: int
    currency: str
    refunded: int = 0


@dataclass
class Deeds:
    """One customer's, in the order in which they are done."""

    name: str
    chance: random.Random
    bought: list[Bought] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    listed: bool = True
    """False if nothing is sent about the suppression list, as of who is to be erased.

    The list outlasts an erasure, and the oracle knows one life only.
    """
    purse: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.purse = self.chance.choice(PURSES)

    def any(self, topic: str, number: int) -> Json:
        """Do something, and return what the message about it says."""
        event = self._choose(topic)
        if event == IDENTIFY:
            return {"type": IDENTIFY, "traits": self._traits()}
        properties = self._properties(event, number)
        return tracked(event, properties, self.chance.choice(CHANNELS))

    def _choose(self, topic: str) -> str:
        deeds = DEEDS[topic]
        event = self.chance.choices(list(deeds), list(deeds.values()))[0]
        if event in OF_AN_ORDER and not self.bought:
            return "Order Completed"
        if event in OF_THE_LIST and not self.listed:
            return "Ticket Opened"
        return event

    def _traits(self) -> Json:
        names = self.chance.sample(list(TRAITS), self.chance.randint(1, 3))
        return {name: self.chance.choice(TRAITS[name]) for name in names}

    def _properties(self, event: str, number: int) -> Json:
        speakers: dict[str, Callable[[int], Json]] = {
            "Order Completed": self._buy,
            "Order Updated": self._edit,
            "Order Refunded": self._refund,
            "Order Cancelled": self._cancel,
            "Complaint Filed": self._complain,
            "Complaint Resolved": self._resolve,
            "Product Reviewed": lambda _: {"rating": self.chance.randint(1, 5)},
            "Survey Answered": self._answer,
        }
        if event in speakers:
            return speakers[event](number)
        if event in NEW:
            return properties_of(event)
        if event in MEETING:
            return self._meet()
        if event.startswith("Retention Action"):
            return {"trigger_id": f"elsewhere-{number}"}
        return {}

    def _buy(self, number: int) -> Json:
        order_id, cents = f"o-{self.name}-{number}", self.chance.choice(self.purse)
        currency = currency_of(number)
        self.bought.append(Bought(order_id, cents, currency))
        return {"order_id": order_id, "total": cents / UNITS[currency], "currency": currency}

    def _refund(self, number: int) -> Json:
        """The whole of an order, or a part of what is left of it, or the rest.

        Every second one does not say in which currency, and every third has an id.
        """
        bought = self.chance.choice(self.bought)
        cents = self.chance.choice((None, bought.left, self.chance.randint(1, bought.left)))
        taken = bought.left if cents is None else cents
        bought.left, bought.refunded = bought.left - taken, bought.refunded + taken
        if not bought.left:
            self.bought.remove(bought)
        currency = bought.currency
        part: Json = {} if cents is None else {"total": cents / UNITS[currency]}
        part |= {"currency": currency} if number % 2 else {}
        part |= {} if number % 3 else {"refund_id": f"rf-{number}"}
        return {"order_id": bought.order_id, **part}

    def _edit(self, _: int) -> Json:
        """It comes to more or to less, in its own currency."""
        bought = self.chance.choice(self.bought)
        cents = self.chance.choice(self.purse)
        bought.left = cents - bought.refunded
        if bought.left <= 0:
            self.bought.remove(bought)
        return {"order_id": bought.order_id, "total": cents / UNITS[bought.currency]}

    def _cancel(self, _: int) -> Json:
        bought = self.chance.choice(self.bought)
        self.bought.remove(bought)
        return {"order_id": bought.order_id}

    def _complain(self, number: int) -> Json:
        if self.chance.random() < 0.2:
            return {}
        self.tickets.append(f"t-{number}")
        return {"ticket_id": self.tickets[-1]}

    def _resolve(self, _: int) -> Json:
        """Most name the ticket; some a wrong one; some none, which means all of them."""
        if not self.tickets or self.chance.random() < 0.2:
            return {}
        return {"ticket_id": self.chance.choice([*self.tickets[-2:], "t-wrong"])}

    def _answer(self, _: int) -> Json:
        if self.chance.random() < 0.5:
            return {"survey": "nps", "score": self.chance.randint(0, 10)}
        return {"survey": "csat", "score": self.chance.randint(1, 5)}

    def _meet(self) -> Json:
        mood = self.chance.choice((None, -0.8, 0.0, 0.7))
        known = {} if mood is None else {"sentiment": mood}
        return {"network": self.chance.choice(("x", "instagram")), **known}
