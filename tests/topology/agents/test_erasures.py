"""Erasures, step by step: what goes, what stays, and what does not come back."""

import pytest

from schemas import topics
from tests.topology.agents.identities import alias, anonymous, identify, partitions_after
from tests.topology.agents.partitions import SALT, Partitions
from tests.topology.agents.records import NOW, Shelf
from tests.topology.domain.messages import day, order
from topology.agents.erasures import SaltError
from topology.agents.join_records import Erase, Merge, Passed
from topology.agents.journey import Journey
from topology.domain.history.instant import from_datetime
from topology.domain.history.record import replace
from topology.domain.history.state import State
from topology.domain.rows.erased import (
    encode_erased,
    fingerprint_of,
    is_tombstone,
    tombstone_of,
)
from topology.domain.rows.row import encode_row

JOINED = (
    anonymous(order(day(0), "o1"), "anon"),
    order(day(1), "o2", profile="old"),
    order(day(2), "o3", profile="anna"),
    identify("old", 3, anonymousId="anon"),
    alias("old", "anna", 3),
)
NAMES = ("anon", "old", "anna")


def keys(partitions: Partitions) -> list[bytes]:
    """All keys of all partitions."""
    return [key for rows in partitions.rows for key in rows]


def at_day(partitions: Partitions, number: int) -> Partitions:
    """Let this be the day everywhere."""
    for partition in range(partitions.count):
        partitions.tick(partition, from_datetime(day(number)))
    return partitions


@pytest.mark.parametrize("name", NAMES)
def test_a_person_is_erased_under_all_names_whichever_was_given(name: str) -> None:
    """The row and what leads to it; a tombstone of each name stays, and no name."""
    partitions = at_day(partitions_after(*JOINED), 5)
    partitions.erase(name)
    partitions.drain()

    assert sorted(keys(partitions)) == sorted(tombstone_of(SALT, each.encode()) for each in NAMES)
    [outcome] = partitions.erasures()
    assert outcome["status"] == "done"
    assert outcome["erased_at"] == day(5).isoformat().replace("+00:00", "Z")
    assert outcome["marks"] == [
        tombstone_of(SALT, b"anna").hex()
    ]  # The others say it by themselves.
    assert partitions.tombstones_in_answers() == partitions.tombstones()
    assert outcome["salt"] == fingerprint_of(SALT).hex()


def test_nothing_of_a_name_is_written_when_it_is_erased() -> None:
    """Neither in what is written under the tombstones nor in the answer."""
    partitions = partitions_after(*JOINED)
    partitions.erase("anna")
    partitions.drain()

    answer = "".join(partitions.erasures()[0]["marks"]).encode()
    kept = [*keys(partitions), *(each for rows in partitions.rows for each in rows.values())]
    for name in NAMES:
        assert not any(name.encode() in each for each in (answer, *kept))


def test_a_replay_does_not_bring_the_person_back() -> None:
    """All messages come again, in the partitions that they came in."""
    partitions = at_day(partitions_after(*JOINED), 5)
    partitions.erase("anon")
    partitions.drain()
    for message in JOINED:
        partitions.produce(message)
        partitions.drain()
    partitions.produce(JOINED[0], at=1)
    partitions.drain()

    assert all(is_tombstone(key) for key in keys(partitions))
    assert partitions.letters() == []


def test_what_happens_later_makes_a_new_customer() -> None:
    """Who has had one order. The old ones are not counted."""
    partitions = at_day(partitions_after(*JOINED), 5)
    partitions.erase("anna")
    partitions.drain()
    for message in (*JOINED, order(day(6), "o4", profile="anna"), *JOINED):
        partitions.produce(message)
        partitions.drain()

    key, state = partitions.person("anna")
    assert (key, state.history.events) == ("anna", 1)
    assert [each.id for each in state.history.orders] == ["o4"]
    assert partitions.entry("anon") is None


def test_the_instant_of_the_erasure_itself_is_erased() -> None:
    """And the next microsecond is not."""
    partitions = at_day(partitions_after(*JOINED), 5)
    partitions.erase("anna")
    partitions.drain()
    partitions.produce(order(day(5), "o4", profile="anna"))
    partitions.drain()
    assert partitions.entry("anna") is None
    partitions.produce(order(day(5).replace(microsecond=1), "o5", profile="anna"))
    partitions.drain()
    assert isinstance(partitions.entry("anna"), State)


def test_somebody_who_is_not_known_is_erased_for_the_future_of_the_past() -> None:
    """It is done at once, and their events of before are not taken when they arrive."""
    partitions = at_day(partitions_after(order(day(0), "o1", profile="bert")), 5)
    partitions.erase("anna")
    partitions.drain()
    partitions.produce(order(day(1), "o2", profile="anna"))
    partitions.drain()

    assert partitions.erasures()[0]["status"] == "done"
    assert partitions.entry("anna") is None
    assert isinstance(partitions.entry("bert"), State)


def test_an_event_on_its_way_between_two_names_is_dropped() -> None:
    """It had left the name before that was erased."""
    partitions = at_day(partitions_after(*JOINED), 5)
    partitions.produce(anonymous(order(day(4), "late"), "anon"))
    partitions.read((topics.SHOP_EVENTS, partitions.router.home(b"anon")))
    passed = partitions.queues.pop((topics.JOINS, partitions.router.home(b"old")))
    partitions.erase("anna")
    partitions.erase("old")
    partitions.drain()
    partitions.queues[topics.JOINS, partitions.router.home(b"old")] = passed
    partitions.drain()

    assert isinstance(partitions.joins()[-1], Passed | Erase)
    assert all(is_tombstone(key) for key in keys(partitions))


def test_a_row_on_its_way_to_an_erased_one_is_dropped_with_its_other_names() -> None:
    """The erased row did not know them yet."""
    partitions = partitions_after(identify("anna", 0), identify("bert", 1, anonymousId="anon"))
    partitions.produce(order(day(2), "o", profile="bert"), alias("bert", "anna", 3))
    joins = [(topics.JOINS, number) for number in range(partitions.count)]
    while not any(isinstance(each, Merge) and each.name == "bert" for each in partitions.joins()):
        partitions.read(partitions.unread[0])
    at_day(partitions, 5)
    held = {place: partitions.queues.pop(place) for place in joins if place in partitions.queues}
    partitions.erase("anna")
    partitions.drain()
    at_day(partitions, 7)
    for place, queue in held.items():
        partitions.queues[place] = queue
    partitions.drain()

    ends = {b"anna": day(5), b"bert": day(7), b"anon": day(7)}
    assert partitions.tombstones() == {tombstone_of(SALT, name): end for name, end in ends.items()}
    assert partitions.tombstones_in_answers() == partitions.tombstones()


def test_a_name_that_turns_out_to_be_somebody_elses_is_not_reported_as_erased() -> None:
    """It was claimed for the one who is erased, and the answer to that is still under way."""
    partitions = partitions_after(
        identify("bert", 0, anonymousId="anon"), order(day(1), "o", profile="bert")
    )
    partitions.produce(identify("anna", 2, anonymousId="anon"))
    source = topics.SHOP_EVENTS, partitions.router.home(b"anna")
    partitions.read(source)
    at_day(partitions, 5)
    partitions.erase("anna")
    partitions.drain()

    assert partitions.tombstones_in_answers() == {tombstone_of(SALT, b"anna"): day(5)}
    assert partitions.tombstones() == partitions.tombstones_in_answers()
    assert sorted(keys(partitions))[1:] == [b"anon", b"bert"]


def test_who_claims_an_erased_name_by_an_old_message_does_not_get_it() -> None:
    """By a new one they do."""
    partitions = at_day(partitions_after(*JOINED), 5)
    partitions.erase("anna")
    partitions.drain()
    for message in (identify("bert", 1, anonymousId="anon"), order(day(6), "o", profile="bert")):
        partitions.produce(message)
        partitions.drain()
    _, bert = partitions.person("bert")
    assert (bert.names.others, bert.names.contested) == ((), ())
    assert partitions.entry("anon") is None

    partitions.produce(identify("bert", 7, anonymousId="anon"))
    partitions.drain()
    assert partitions.person("anon")[0] == "bert"


def test_a_name_that_belongs_to_somebody_else_is_left_to_them() -> None:
    """Even if the erased row still believes that it is its own."""
    partitions = at_day(
        partitions_after(identify("bert", 1, anonymousId="shared"), identify("anna", 1)), 5
    )
    _, anna = partitions.person("anna")
    believing = replace(anna, known_by=replace(anna.names, others=("shared",)))
    rows = partitions.rows[partitions.router.home(b"anna")]
    rows[b"anna"] = encode_row(believing)
    partitions.erase("anna")
    partitions.drain()

    assert partitions.person("shared")[0] == "bert"
    assert not any(key == tombstone_of(SALT, b"shared") for key in keys(partitions))


@pytest.mark.parametrize("salt", [None, SALT])
def test_a_request_with_another_salt_is_refused_and_changes_nothing(salt: bytes | None) -> None:
    """The answer says what to set."""
    partitions = Partitions(salt=salt)
    partitions.produce(order(day(1), "o2", profile="anna"))
    partitions.drain()
    before = [dict(rows) for rows in partitions.rows]
    partitions.erase("anna", b"another salt of the API")
    partitions.drain()

    [outcome] = partitions.erasures()
    assert outcome["status"] == "refused"
    assert "STAMMKUNDE_ERASURE_SALT" in outcome["reason"]
    assert partitions.rows == before


@pytest.mark.parametrize("salt", [None, b"a salt that was changed"])
def test_a_worker_that_does_not_know_who_was_erased_does_not_start(salt: bytes | None) -> None:
    """Else a replay would bring them back."""
    shelf = Shelf()
    journey = Journey(shelf.book, 1, lambda: NOW, salt=salt)

    with pytest.raises(SaltError, match="STAMMKUNDE_ERASURE_SALT"):
        journey.wake_at(tombstone_of(SALT, b"anna"), encode_erased(1, SALT))


def test_what_is_dropped_is_counted_and_nothing_else_is_written() -> None:
    """Not even to the dead letters: those would keep it for a month."""
    partitions = at_day(partitions_after(*JOINED), 5)
    partitions.erase("anna")
    partitions.drain()
    home = partitions.router.home(b"anna")
    partitions.produce(order(day(1), "o2", profile="anna"))
    changes = partitions.read((topics.SHOP_EVENTS, home))

    assert (changes.dropped, changes.outputs) == (1, [])


def test_a_worker_that_restores_tombstones_follows_them() -> None:
    """It has erased nobody itself."""
    partitions = at_day(partitions_after(*JOINED), 5)
    partitions.erase("anna")
    partitions.drain()
    partitions.restart()
    partitions.produce(order(day(1), "o2", profile="anna"))
    partitions.drain()

    assert all(is_tombstone(key) for key in keys(partitions))


def test_a_second_erasure_takes_what_came_after_the_first() -> None:
    """The tombstone is moved on."""
    partitions = at_day(partitions_after(*JOINED), 5)
    partitions.erase("anna")
    partitions.drain()
    partitions.produce(order(day(6), "o4", profile="anna"))
    partitions.drain()
    at_day(partitions, 7)
    partitions.erase("anna")
    partitions.produce(order(day(6), "o4", profile="anna"))
    partitions.drain()

    assert all(is_tombstone(key) for key in keys(partitions))
