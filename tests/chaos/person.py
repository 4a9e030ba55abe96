"""A person of several names: what is sent under which name, and what joins the names."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from aiokafka.partitioner import murmur2

from schemas import topics
from tests.chaos.customer import LATEST, LONG_AGO, MILLISECOND, Emission, Place, erasing
from tests.chaos.deeds import Deeds
from tests.chaos.load import Joined, Sent
from tests.chaos.messages import Json, as_bytes, message
from tests.oracle import ReceivedMessage

NETWORK: Final = "instagram"
FEWEST_JOINS: Final = 2
MOST_JOINS: Final = 3
"""How often each name is joined to the others."""


class Join(NamedTuple):
    """A message that says that two names are one person's, and when it is sent."""

    at: datetime
    user: str
    other: str


@dataclass
class Person:
    """Somebody who is known by a user id or two, an anonymous id and a social handle.

    Nothing is left out but what makes it matter what arrives first: no name is both a user id and
    an anonymous id, no message id comes under two names, and nobody acts on a
    trigger that has fired (when that was depends on how far the clocks had come).

    Who is erased does nothing after the round in which that is begins, but what was done before
    and the joins of the names are sent in that round, and again later.
    """

    name: str
    other_user: str | None
    actions_a_day: float
    chance: random.Random
    partitions: int
    instants: Sequence[datetime]
    """When joins may be sent."""
    joins: list[Join] = field(default_factory=list)
    aliases: list[tuple[datetime, str, str]] = field(default_factory=list)
    erased_in: int | None = None
    present: datetime | None = None
    messages: int = 0
    sent: list[Sent] = field(default_factory=list)
    deeds: Deeds = field(init=False)

    def __post_init__(self) -> None:
        self.deeds = Deeds(self.name, self.chance)
        for other in (self.anonymous, f"{NETWORK}:{self.handle}"):
            for _ in range(self.chance.randint(FEWEST_JOINS, MOST_JOINS)):
                self.joins.append(Join(self._any_instant(), self.chance.choice(self.users), other))
        if self.other_user is not None:
            both = [(self.name, self.other_user), (self.other_user, self.name)]
            more = [self.chance.choice(both)] if self.chance.random() < 0.5 else []
            self.joins += [Join(self._any_instant(), *each) for each in both + more]

    @property
    def anonymous(self) -> str:
        """The anonymous id."""
        return f"a-{self.name}"

    @property
    def handle(self) -> str:
        """The handle on the network."""
        return f"h-{self.name}"

    @property
    def users(self) -> tuple[str, ...]:
        """The user ids."""
        return (self.name,) if self.other_user is None else (self.name, self.other_user)

    @property
    def names(self) -> tuple[str, ...]:
        """All names, as rows are called."""
        return (*self.users, self.anonymous, f"{NETWORK}:{self.handle}")

    @property
    def called(self) -> str:
        """What the latest alias says."""
        return max(self.aliases)[2] if self.aliases else self.name

    @property
    def joined(self) -> Joined:
        """What must come of the names."""
        return Joined(frozenset(self.names), frozenset(self.users))

    @property
    def claimed_at(self) -> datetime:
        """When the anonymous id was first claimed."""
        return min(each.at for each in self.joins if each.other == self.anonymous)

    def live(self, place: Place) -> Iterator[Emission]:
        """Do what the person does between two ticks, under any name; much when names are joined."""
        if self.erased_in is not None and place.round > self.erased_in:
            yield from self._repeat(place)
            return
        if self.erased_in == place.round and place.fresh:
            yield from erasing(self.names, place, self.chance)
        span = (place.end - place.begin) // MILLISECOND
        expected = self.actions_a_day * (span * MILLISECOND).total_seconds() / 86_400
        for _ in range(int(expected) + (self.chance.random() < expected % 1)):
            at = place.begin + self.chance.randrange(2, span) * MILLISECOND
            yield from self._act(place, self.chance.choice(self.names), at)
        for join in self._due_joins(place):
            for name in self.chance.sample(self.names, 2):
                yield from self._act(place, name, join.at)
            yield from self._emit(place, join.at, join.at, *self._joining(join))
            for name in self.chance.sample(self.names, 2):
                yield from self._act(place, name, join.at)

    def _due_joins(self, place: Place) -> Iterator[Join]:
        """The joins that are due; and any of them while the person is being erased."""
        for join in self.joins:
            if place.begin < join.at <= place.end:
                yield join
            elif place.round == self.erased_in and self.chance.random() < 0.5:
                span = (place.end - place.begin) // MILLISECOND
                at = place.begin + self.chance.randrange(2, span) * MILLISECOND
                yield join._replace(at=at)

    def _repeat(self, place: Place) -> Iterator[Emission]:
        """Send again what was sent before the end."""
        if self.sent and self.chance.random() < 0.5:
            yield Emission(place.begin + MILLISECOND, self.chance.choice(self.sent), None)

    def _any_instant(self) -> datetime:
        return self.chance.choice(self.instants)

    def _act(self, place: Place, name: str, sent_at: datetime) -> Iterator[Emission]:
        """Do one thing, perhaps long ago; perhaps send it, or something else, again."""
        at = sent_at
        if self.chance.random() < 0.3:
            at -= (LATEST if self.chance.random() < 0.9 else LONG_AGO) * self.chance.random()
        if name.startswith(NETWORK):
            topic = topics.SOCIAL_EVENTS
            content = self.deeds.any(topic, self.messages)
            content["properties"] |= {"network": NETWORK, "handle": self.handle}
            yield from self._emit(place, at, sent_at, name, None, topic, content)
            return
        topic = self.chance.choice(topics.SOURCES)
        content = self.deeds.any(topic, self.messages)
        if name == self.anonymous:
            content["anonymousId"] = name
            yield from self._emit(place, at, sent_at, name, None, topic, content)
        else:
            yield from self._emit(place, at, sent_at, name, name, topic, content)
        if content.get("event") == "Order Completed" and self.chance.random() < 0.2:
            more = content["properties"]["total"] + self.chance.choice((0, 10))
            again = {**content, "properties": {**content["properties"], "total": more}}
            user = self.chance.choice(self.users)
            again.pop("anonymousId", None)
            yield from self._emit(place, at, sent_at, user, user, topic, again)
        if self.sent and self.chance.random() < 0.1:
            yield Emission(sent_at, self.chance.choice(self.sent[-20:]), None)

    def _joining(self, join: Join) -> tuple[str, str, str, Json]:
        """Under which name and user id, in which topic, and what is said."""
        user, other = join.user, join.other
        topic = self.chance.choice((topics.SHOP_EVENTS, topics.SUPPORT_EVENTS))
        ways = ["alias"]
        if other == self.anonymous:
            ways = ["alias", "identify", "external", "track", "track"]
        elif other not in self.users:
            ways = ["alias", "external", "external"]
        way = self.chance.choice(ways)
        if way == "alias":
            return user, user, topic, {"type": "alias", "previousId": other}
        if way == "identify":
            return user, user, topic, {"type": "identify", "anonymousId": other}
        if way == "external":
            kind, known = "anonymous_id", other
            if other != self.anonymous:
                kind, known = NETWORK, self.handle
            ids = [{"id": known, "type": kind}, {"id": "e@example.com", "type": "email"}]
            return user, user, topic, {"type": "identify", "context": {"externalIds": ids}}
        content = self.deeds.any(topic, self.messages)
        return user, user, topic, {**content, "anonymousId": other}

    def _emit(  # noqa: PLR0917 - a message has that many parts
        self,
        place: Place,
        at: datetime,
        sent_at: datetime,
        name: str,
        user: str | None,
        topic: str,
        content: Json,
    ) -> Iterator[Emission]:
        """A message, as it is sent and as the oracle reads it: there is only one name."""
        if place.round == self.erased_in:
            at = min(at, place.since)
        self.messages += 1
        message_id = f"m-{self.name}-{self.messages}"
        if content["type"] == "track" and self.chance.random() < 0.1:
            message_id = ""
        if content["type"] == "alias":
            assert user is not None
            self.aliases.append((at, message_id, user))
        whole = message(at, message_id or None, user, content)
        record = Sent(topic, name.encode(), as_bytes(whole))
        if message_id:
            self.sent.append(record)  # and perhaps again
        if self.chance.random() < 0.1:
            record = self._astray(record, name)
        self.present = at if self.present is None else max(self.present, at)
        yield Emission(
            sent_at, record, ReceivedMessage({**whole, "userId": self.name}, self.present)
        )

    def _astray(self, record: Sent, name: str) -> Sent:
        """To any partition, under the key of somebody else."""
        home = (murmur2(name.encode()) & 0x7FFFFFFF) % self.partitions
        partition = self.chance.randrange(self.partitions)
        key = self.chance.choice((record.key, b"key of somebody else"))
        return Sent(record.topic, key, record.value, partition, strays=partition != home)
