"""One customer of the synthetic load: what they do, in which order it comes, and what it means."""

import random
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from schemas import topics
from tests.chaos.deeds import Deeds
from tests.chaos.load import Erasing, Sent
from tests.chaos.messages import Json, as_bytes, message
from tests.oracle import ReceivedMessage

MILLISECOND: Final = timedelta(milliseconds=1)
LATEST: Final = timedelta(days=40)
"""How late an event may come."""
LONG_AGO: Final = timedelta(days=700)
"""How long ago it may be that somebody was first seen, whom nobody here knew."""


IN_TIME: Final = 0.5
"""How often somebody whose records stray does something right before a tick, which may overtake."""


class Habit(StrEnum):
    """What is special about how a customer's events come in."""

    IN_ORDER = "in order"
    LATE = "some of it late"
    STRAYING = "where librdkafka puts it, or under a wrong key"
    EVERYWHERE = "through another topic in each round"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when something is sent: between two ticks of a round.

    `begin` and `end` are the ticks' instants, `since` is when the round began, and `fresh` is
    whether no tick of this round has been sent yet.
    """

    round: int
    begin: datetime
    end: datetime
    since: datetime
    fresh: bool


@dataclass(frozen=True, slots=True)
class Emission:
    """A record, when it is sent, and what the oracle reads of it: nothing of a retry."""

    sent_at: datetime
    record: Sent | Erasing
    received: ReceivedMessage | None


def erasing(names: Iterable[str], place: Place, chance: random.Random) -> Iterator[Emission]:
    """Ask for the erasure of each name, at any time between two ticks."""
    for name in names:
        at = place.begin + (place.end - place.begin) * chance.random()
        yield Emission(at, Erasing(name, f"era-{name}", place.begin), None)


def consistent(key: bytes, partitions: int) -> int:
    """Where librdkafka's default partitioner, `consistent_random`, puts a key that is not empty."""
    return zlib.crc32(key) % partitions


@dataclass
class Customer:
    """A customer, and how far their story is.

    Events of one topic stay in order, those of several do not: so all that a customer sends
    between two points at which everything has been processed goes through one topic.

    From a round on the customer may use a `device` whose anonymous id somebody else uses, too: it
    is theirs or not, but no message is only about it, so it means nothing else.
    """

    name: str
    habit: Habit
    actions_a_day: float
    chance: random.Random
    home: int
    partitions: int
    present: datetime | None = None
    messages: int = 0
    touched: int = 0
    sent: list[Sent] = field(default_factory=list)
    device: str | None = None
    device_from: int = 0
    has_used_it: bool = False
    erased_in: int | None = None
    deeds: Deeds = field(init=False)

    def __post_init__(self) -> None:
        self.deeds = Deeds(self.name, self.chance)

    @property
    def names(self) -> tuple[str, ...]:
        """The one name."""
        return (self.name,)

    def live(self, place: Place) -> Iterator[Emission]:
        """Do what a customer does between two ticks. Who is erased goes on as if nothing was."""
        if place.fresh and place.round == self.erased_in:
            yield from erasing(self.names, place, self.chance)
        topic = self._topic(place.round)
        if place.fresh and self.present is None and self.chance.random() < self._busy(place):
            long_ago = place.begin - LONG_AGO * self.chance.random()
            yield from self._act(place, topic, long_ago, place.begin + MILLISECOND)
        if place.fresh and self.habit is Habit.LATE and self.chance.random() < self._busy(place):
            late = place.begin - LATEST * self.chance.random()
            yield from self._act(place, topic, late, place.begin + MILLISECOND)
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
        span = (place.end - place.begin) // MILLISECOND
        expected = self.actions_a_day * ((place.end - place.begin) / timedelta(days=1))
        number = int(expected) + (self.chance.random() < expected % 1)
        chosen = {*self.chance.sample(range(2, span), number)}
        if self.habit is Habit.STRAYING and self.chance.random() < IN_TIME:
            chosen.add(span - 1)
        return [place.begin + n * MILLISECOND for n in sorted(chosen)]

    def _act(self, place: Place, topic: str, at: datetime, sent_at: datetime) -> Iterator[Emission]:
        """Do one thing; perhaps it is sent twice, or something else is sent again."""
        content = self.deeds.any(topic, self.messages)
        self.present = self._processed_at(place, at)
        self.touched = place.round
        yield self._emission(place, topic, at, sent_at, content)
        if content.get("event") == "Order Completed" and self.chance.random() < 0.1:
            more = content["properties"]["total"] + self.chance.choice((0, 10))
            again = {**content, "properties": {**content["properties"], "total": more}}
            yield self._emission(place, topic, at, sent_at, again)
        if content.get("event") == "Retention Action Delivered" and self.chance.random() < 0.3:
            for _ in range(self.chance.randint(2, 12)):  # and nobody answers
                yield self._emission(place, topic, at, sent_at, content)
        if self.sent and self.chance.random() < 0.1:
            yield Emission(sent_at, self.chance.choice(self.sent[-20:]), None)

    def _emission(
        self, place: Place, topic: str, at: datetime, sent_at: datetime, content: Json
    ) -> Emission:
        """A message of its own, which takes effect at the customer's present."""
        self.messages += 1
        name = None if self.chance.random() < 0.1 else f"m-{self.name}-{self.messages}"
        whole = message(at, name, self.name, content)
        if self.device is not None and place.round >= self.device_from:
            whole["anonymousId"] = self.device
            self.has_used_it = True
        sent = self._addressed(place, topic, as_bytes(whole))
        if name is not None:
            self.sent.append(sent)  # and perhaps again
        return Emission(sent_at, sent, ReceivedMessage(whole, self.present))

    def _addressed(self, place: Place, topic: str, value: bytes) -> Sent:
        """As this customer's habit has it. In one round all goes to one partition."""
        key = self.name.encode()
        if self.habit is not Habit.STRAYING:
            return Sent(topic, key, value)
        key = key if place.round % 2 else b"key of somebody else"
        partition = consistent(key, self.partitions)
        return Sent(topic, key, value, partition, strays=partition != self.home)

    def _processed_at(self, place: Place, at: datetime) -> datetime:
        """When it takes effect: now, or if it is late at the customer's present.

        That is the latest one processed, or the last tick since. A new customer has no present.
        """
        if self.present is None:
            return at
        if self.touched == place.round:
            return max(self.present, at)
        return max(self.present, at, place.begin)
