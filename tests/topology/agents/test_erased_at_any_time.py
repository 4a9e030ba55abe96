"""Erased at any time of any history: as if only the later messages had ever come."""

from datetime import datetime
from functools import reduce
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.topology.agents.partitions import Partitions
from tests.topology.agents.test_joined_in_any_order import (
    NAMES,
    USERS,
    People,
    any_messages,
    as_known_by,
    compare,
    joining,
    many,
    name_of,
)
from tests.topology.domain.messages import Json, day, event_from, visit
from topology.domain.history.instant import from_datetime
from topology.domain.history.suppression import (
    Suppression,
    is_suppression,
    later_word,
    suppression_in,
    without_reason,
)
from topology.domain.rows.erased import is_tombstone


def joins_in(messages: list[Json]) -> list[tuple[str, str]]:
    """Each user with another name, as a message tells them."""
    found = []
    for message in messages:
        context = message.get("context", {})
        others = [message.get("previousId"), message.get("anonymousId")]
        others += [f"{each['type']}:{each['id']}" for each in context.get("externalIds", ())]
        user = message.get("userId")
        found += [(user, other) for other in others if user and other in NAMES]
    return found


def joined(joins: list[tuple[str, str]]) -> People:
    """Who is one person by these joins alone."""
    people = People()
    for user, other in joins:
        people.unite(user, other)
    return people


def is_contested(joins: list[tuple[str, str]]) -> bool:
    """True if two people claim one name: then it would count who comes first."""
    users = joined([(user, other) for user, other in joins if other in USERS])
    claims = {(other, users.find(user)) for user, other in joins if other not in USERS}
    return len(claims) > len({other for other, _ in claims})


def produce_in_any_order(partitions: Partitions, messages: list[Json], chance: Random) -> None:
    unsent = list(messages)
    chance.shuffle(unsent)
    while unsent or partitions.unread:
        if unsent and (not partitions.unread or chance.random() < 0.3):
            partitions.produce(unsent.pop())
        else:
            partitions.read(chance.choice(partitions.unread), chance.choice([1, 2, 50]))


def tick_all(partitions: Partitions, number: int) -> None:
    for partition in range(partitions.count):
        partitions.tick(partition, from_datetime(day(number)))


@many
@given(st.integers(0, 2**32))
def test_only_what_came_later_counts(seed: int) -> None:
    """And the suppression list. Also if all of it is sent again afterwards, in whatever order."""
    chance = Random(seed)
    messages, _ = any_messages(chance)
    # An alias joins two users only if each is known to be one.
    messages += [again(name, number) for number, name in enumerate(USERS)]
    erased_on = chance.randrange(420)
    before = [each for each in messages if instant_of(each) <= day(erased_on)]
    after = [each for each in messages if instant_of(each) > day(erased_on)]
    name = chance.choice(NAMES)
    people = joined(joins_in(before))
    group = {each for each in NAMES if people.find(each) == people.find(name)}
    counting = [each for each in messages if each in after or name_of(each) not in group]
    assume(not is_contested(joins_in(before)) and not is_contested(joins_in(counting)))

    partitions = Partitions(count=3)
    produce_in_any_order(partitions, before, chance)
    tick_all(partitions, erased_on)
    partitions.erase(name)
    produce_in_any_order(partitions, [], chance)
    assert all(partitions.entry(each) is None for each in group)

    gone = [each for each in before if name_of(each) in group]
    produce_in_any_order(partitions, [*gone, *after], chance)
    tick_all(partitions, 1100)

    assert partitions.letters() == []
    assert partitions.tombstones_in_answers() == partitions.tombstones()
    for others in joined(joins_in(counting)).groups():
        theirs = [each for each in counting if name_of(each) in others]
        if theirs:
            word = latest_word(gone) if others & group else None
            compare(partitions, others, theirs, word)


@many
@given(st.integers(0, 2**32))
def test_nothing_is_left_of_who_is_erased_while_names_are_being_joined(seed: int) -> None:
    """Requests overtake claims, rows and events that are under way."""
    chance = Random(seed)
    messages, _ = any_messages(chance)
    partitions = Partitions(count=3)
    unsent, unasked = list(messages), chance.sample(NAMES, len(NAMES))
    begun = False
    while unsent or unasked or partitions.unread:
        if unsent and chance.random() < 0.3:
            partitions.produce(unsent.pop())
        elif unasked and chance.random() < 0.2:
            if not begun:
                tick_all(partitions, 500)
            begun = True
            partitions.erase(unasked.pop())
        elif partitions.unread:
            partitions.read(chance.choice(partitions.unread), chance.choice([1, 2, 50]))

    assert all(is_tombstone(key) for rows in partitions.rows for key in rows)
    assert len(partitions.erasures()) == len(NAMES)
    assert partitions.tombstones_in_answers() == partitions.tombstones()


@many
@given(st.integers(0, 2**32))
def test_what_happens_while_somebody_is_being_erased_counts_if_it_is_younger(seed: int) -> None:
    """Younger than what the answer says; under whichever name, wherever the request is by then."""
    chance = Random(seed)
    partitions = Partitions(count=3)
    joins = [("alias", "u2", "u1"), ("identify", "u1", "a1"), ("identify", "u2", "x:h1")]
    for number, join in enumerate(joins):
        partitions.produce(joining(*join, number, day(number)))
    produce_in_any_order(
        partitions, [again(name, number) for number, name in enumerate(USERS)], chance
    )
    tick_all(partitions, 500)
    names = ("u1", "u2", "a1", "x:h1")
    partitions.erase(chance.choice(names))
    meanwhile = [
        as_known_by(visit(day(500 + chance.randrange(1, 9))), chance.choice(names))
        | {"messageId": f"meanwhile-{number}"}
        for number in range(6)
    ]
    produce_in_any_order(partitions, meanwhile, chance)

    [answer] = partitions.erasures()
    end = datetime.fromisoformat(answer["erased_at"])
    rows = [each for each in partitions.people() if each.customer_id in names]
    assert all(row.history.first_seen_at > from_datetime(end) for row in rows)
    younger = [each for each in meanwhile if instant_of(each) > end]
    assert sum(row.history.events for row in rows) == len(younger)


def latest_word(messages: list[Json]) -> Suppression | None:
    """What they say of the suppression list: of all that is erased it alone goes on to count."""
    events = [event_from(each) for each in messages]
    words = [suppression_in(each) for each in events if is_suppression(each)]
    return without_reason(reduce(later_word, words, None))


def again(user: str, number: int) -> Json:
    return visit(day(430 + number)) | {"userId": user, "messageId": f"again-{user}"}


def instant_of(message: Json) -> datetime:
    return datetime.fromisoformat(message["timestamp"])
