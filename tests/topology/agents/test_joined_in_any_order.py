"""However its names come to be joined: one person is as if it had been one profile all along."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from schemas import topics
from tests.example_counts import examples
from tests.topology.agents.partitions import Partitions
from tests.topology.domain.life import BOOK, Life
from tests.topology.domain.messages import (
    DAY_0,
    Json,
    cancellation,
    complaint,
    day,
    event_from,
    order,
    refund,
    resolution,
    review,
    track,
    visit,
)
from topology.domain.history.instant import from_datetime
from topology.domain.history.person import Person
from topology.domain.history.state import State
from topology.domain.history.suppression import Suppression
from topology.domain.rows.forward import Forward
from topology.domain.steps.newcomer import newcomer

USERS = ("u1", "u2", "u3", "u4")
OTHERS = ("a1", "a2", "a3", "x:h1")
NAMES = (*USERS, *OTHERS)

many = settings(
    max_examples=examples(300),
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # A smaller seed is no simpler story.
)


def as_known_by(message: Json, name: str) -> Json:
    """The message, sent under this name."""
    rest = {key: value for key, value in message.items() if key != "userId"}
    if name in USERS:
        return rest | {"userId": name}
    if ":" not in name:
        return rest | {"anonymousId": name}
    network, handle = name.split(":")
    properties = {"network": network, "handle": handle}
    social = {"type": "track", "event": "Social Followed", "properties": properties}
    return {key: rest[key] for key in ("messageId", "timestamp")} | social


def joining(kind: str, user: str, other: str, number: int, at: datetime) -> Json:
    """A message that says that two names are one person's."""
    envelope: Json = {"messageId": f"j-{number}", "userId": user, "timestamp": at.isoformat()}
    if kind == "alias" or other in USERS:
        return envelope | {"type": "alias", "previousId": other}
    if ":" in other:
        network, handle = other.split(":")
        external = [{"id": handle, "type": network}, {"id": "e@x", "type": "email"}]
        return envelope | {"type": "identify", "context": {"externalIds": external}}
    if kind == "track":
        seen = {"event": "Product Viewed", "properties": {"product_id": "p"}}
        return envelope | {"type": "track", "anonymousId": other} | seen
    return envelope | {"type": "identify", "anonymousId": other}


class People:
    """Who is one person, by the messages: union and find."""

    def __init__(self) -> None:
        self.of = {name: name for name in NAMES}

    def find(self, name: str) -> str:
        while self.of[name] != name:
            name = self.of[name]
        return name

    def unite(self, one: str, other: str) -> None:
        self.of[self.find(one)] = self.find(other)

    def groups(self) -> list[set[str]]:
        roots = {self.find(name) for name in NAMES}
        return [{name for name in NAMES if self.find(name) == root} for root in roots]


def any_messages(chance: Random) -> tuple[list[Json], People]:
    """What happened under all names, and what joins them: twice, in circles, in any direction.

    A name that is no user id belongs to one person only; who comes first would count otherwise.
    """
    people, messages = People(), list[Json]()
    for number, name in enumerate(NAMES):
        for turn in range(chance.randrange(4)):
            at = DAY_0 + timedelta(hours=chance.randrange(24 * 300))
            message = happening(chance, at, f"{name}-{turn}")
            messages.append(as_known_by(message, name))
        messages += [as_known_by(visit(day(number)), name)] if name in USERS else []
    for number in range(chance.choice([0, 1, 2, 3, 6])):
        user, other = chance.choice(USERS), chance.choice(USERS)
        people.unite(user, other)
        at = day(chance.randrange(400))
        messages.append(joining("alias", user, other, number, at))
    for place, other in enumerate(OTHERS):
        owner = chance.choice([None, *USERS])
        if owner is None:
            continue
        people.unite(other, owner)
        group = [user for user in USERS if people.find(user) == people.find(owner)]
        for turn in range(chance.randint(1, 3)):
            kind = chance.choice(["alias", "identify", "track"])
            at, number = day(chance.randrange(400)), 100 + 10 * place + turn
            messages.append(joining(kind, chance.choice(group), other, number, at))
    chance.shuffle(messages)
    return messages, people


_WORDS: tuple[Callable[[datetime], Json], ...] = (
    lambda at: track("Newsletter Subscribed", at, ""),
    lambda at: track("Newsletter Unsubscribed", at, ""),
    lambda at: track("Retention Action Delivered", at, "", trigger_id="t"),
    lambda at: track("Survey Answered", at, "", survey="nps", score=3),
    lambda at: track("Customer Suppressed", at, "", reason="by letter"),
    lambda at: track("Customer Unsuppressed", at, ""),
    lambda at: track("Product Viewed", at, "", product_id="p", category="c"),
    lambda at: {**track("Store Visited", at, ""), "context": {"channel": "store"}},
    lambda at: {**track("Product Viewed", at, "", product_id="q"), "context": {"channel": "phone"}},
    lambda at: {"type": "identify", "timestamp": at.isoformat(), "traits": {"n": at.day, "c": "x"}},
)


def happening(chance: Random, at: datetime, name: str) -> Json:
    """Something that counts. Orders are sent twice, taken back, and before they are made."""
    known = f"o{chance.randrange(12)}"
    total = chance.choice([10.0, 24.99, 100.0, 600.0])
    kind = chance.randrange(12)
    if kind < 3:
        message = order(at, f"o-{name}", total)
    elif kind == 3:
        message = order(at, known, total)
    elif kind == 4:
        message = refund(at, known, chance.choice([None, 5.0, 10.0, 24.99]))
    elif kind == 5:
        message = chance.choice([cancellation(at, known), visit(at), review(at, 1)])
    elif kind == 6:
        message = complaint(at, **chance.choice([{}, {"ticket_id": "t1"}]))
    elif kind == 7:
        message = resolution(at, **chance.choice([{}, {"ticket_id": "t1"}]))
    else:
        message = chance.choice(_WORDS)(at)
    return message | {"messageId": f"m-{name}"}


def name_of(message: Json) -> str:
    found = message.get("userId") or message.get("anonymousId")
    properties = message.get("properties", {})
    return found or f"{properties.get('network')}:{properties.get('handle')}"


def called(messages: list[Json], root: str) -> str:
    """By the latest alias that says anything."""
    aliases = [
        (datetime.fromisoformat(each["timestamp"]), each["messageId"], each["userId"])
        for each in messages
        if each["type"] == "alias" and each["userId"] != each["previousId"]
    ]
    return max(aliases)[2] if aliases else root


@many
@given(st.integers(0, 2**32))
def test_a_joined_person_is_as_one_profile(seed: int) -> None:
    """The same facts and the same segment, whatever came before what, on whichever partition."""
    chance = Random(seed)
    messages, people = any_messages(chance)
    partitions = Partitions(count=3)
    unsent = list(messages)
    haste = chance.choice([0.05, 0.3, 0.7])
    while unsent or partitions.unread:
        if chance.random() < 0.1:
            partitions.tick(chance.randrange(3), from_datetime(day(25 * chance.randrange(40))))
        elif unsent and (not partitions.unread or chance.random() < haste):
            partitions.produce(unsent.pop())
        else:
            partitions.read(chance.choice(partitions.unread), chance.choice([1, 1, 2, 50]))
    for number in range(partitions.count):
        partitions.tick(number, from_datetime(day(1100)))

    assert partitions.letters() == []
    ids = [each["trigger_id"] for each in partitions.sent(topics.TRIGGERS)]
    assert len(set(ids)) == len(ids)
    for group in people.groups():
        theirs = [each for each in messages if name_of(each) in group]
        if theirs:
            compare(partitions, group, theirs)


def compare(
    partitions: Partitions,
    group: set[str],
    messages: list[Json],
    kept: Suppression | None = None,
) -> None:
    """One row has all that was said under these names, and the word of before an erasure."""
    entries = {name: partitions.entry(name) for name in group}
    rows = [name for name, entry in entries.items() if isinstance(entry, State)]
    assert len(rows) == 1, "one row a person"
    [key] = rows
    joined = entries[key]
    assert isinstance(joined, State)
    for name, entry in entries.items():
        assert name == key or entry is None or isinstance(entry, Forward)
        if isinstance(entry, Forward):
            assert partitions.person(name)[0] == key
    assert key in USERS or not group & set(USERS), "it lives under a user id"
    claimed = {name for name, entry in entries.items() if entry is not None}
    assert {key, *joined.names.others} == claimed
    assert joined.customer_id == called(messages, key)
    assert joined.names.contested == ()

    # What is long over is forgotten at the next event, which only one of them may have had.
    last = as_known_by(visit(day(1101)), key)
    partitions.produce(last)
    partitions.drain()
    one = _life_of([_as_of_one(each, key) for each in [*messages, last]], kept).row
    for number in range(partitions.count):
        partitions.tick(number, from_datetime(day(1102)))
    _, joined = partitions.person(key)
    assert joined.history == one.history
    assert joined.scores == one.scores
    assert joined.segment == one.segment
    assert joined.wake_at == one.wake_at


def _life_of(messages: list[Json], kept: Suppression | None) -> Life:
    first, person = event_from(messages[0]), Person(suppression=kept)
    begun = newcomer(first.profile, at=first.at, book=BOOK, is_user=True, person=person)
    life = Life(state=begun)
    for message in messages:
        life.process(event_from(message))
    life.wait_until(from_datetime(day(1102)))
    return life


def _as_of_one(message: Json, key: str) -> Json:
    return {**message, "userId": key}
