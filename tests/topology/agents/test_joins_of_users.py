"""Joins of two user ids: by an alias only, and in circles, too."""

import pytest

from schemas import topics
from tests.topology.agents.identities import alias, contested, identify, partitions_after
from tests.topology.agents.partitions import Partitions
from tests.topology.domain.messages import Json, day, order, visit
from topology.agents.join_records import Claim
from topology.domain.history.instant import from_datetime
from topology.domain.history.names import Called
from topology.domain.history.state import State
from topology.domain.rows.forward import Forward


def test_two_user_ids_are_joined_by_an_alias_and_called_by_its_new_name() -> None:
    """The row lives under the smaller, and all that is said carries the name."""
    partitions = partitions_after(
        order(day(0), "o1", profile="anna-1"),
        order(day(1), "o2", profile="anna-2"),
        alias("anna-1", "anna-2", 2),
        order(day(3), "o3", profile="anna-1"),
        order(day(4), "o4", profile="anna-2"),
    )
    key, state = partitions.person("anna-2")

    assert (key, state.customer_id) == ("anna-1", "anna-2")
    assert state.names.called == Called(from_datetime(day(2)), "a-anna-1-anna-2-2", "anna-2")
    assert len(state.history.orders) == 4
    since = [each for each in partitions.outputs if each.topic == topics.TRANSITIONS][2:]
    assert {each.key for each in since} == {b"anna-2"}
    assert {each.partition for each in since} == {partitions.router.home(b"anna-2")}


def test_an_identify_joins_no_user_ids() -> None:
    """Somebody's user id as another's anonymous id is a mistake, or a shared device."""
    partitions = partitions_after(
        visit(day(0)) | {"userId": "bert"}, identify("anna", 1, anonymousId="bert")
    )

    assert isinstance(partitions.entry("bert"), State)
    assert contested(partitions, "anna") == ["bert"]


def test_the_latest_alias_says_what_somebody_is_called() -> None:
    """Whichever arrives last; one that says nothing does not count."""
    messages = [alias("u1", "u2", 1), alias("u2", "u3", 3), alias("u3", "u1", 2)]
    known: list[Json] = [visit(day(n)) | {"userId": f"u{n}"} for n in (1, 2, 3)]
    for order_of_arrival in (messages, messages[::-1]):
        partitions = partitions_after(*known, *order_of_arrival, alias("u1", "u1", 9))
        assert partitions.person("u2")[0] == "u1"
        assert partitions.person("u2")[1].customer_id == "u3"


@pytest.mark.parametrize("number", range(40))
def test_a_circle_of_aliases_under_way_at_once_comes_to_one_person(number: int) -> None:
    """All claims are sent before any arrives, and the queues are read in many orders."""
    partitions = Partitions(3)
    for n in (1, 2, 3):
        partitions.produce(order(day(n), f"o{n}", profile=f"u{n}"))
        partitions.drain()
    partitions.produce(alias("u1", "u2", 4), alias("u2", "u3", 5), alias("u3", "u1", 6))
    steps = iter(range(10_000))
    partitions.drain(lambda unread: (number + next(steps) * (1 + number % 7)) % len(unread))

    [person] = partitions.people()
    assert [each.id for each in person.history.orders] == ["o1", "o2", "o3"]
    assert person.customer_id == "u1"
    assert {partitions.person(f"u{n}")[0] for n in (1, 2, 3)} == {"u1"}


@pytest.mark.parametrize(
    "again",
    [
        alias("anna", "anna", 5),
        alias("bert", "anna", 5),
        alias("anna", "bert", 5),
        identify("anna", 5, anonymousId="anon"),
        identify("bert", 5, anonymousId="anon"),
        identify("bert", 5, anonymousId="bert"),
    ],
)
def test_joining_what_is_one_person_already_is_harmless(again: Json) -> None:
    """It is a sign of life, and that is all."""
    known = [visit(day(n)) | {"userId": user} for n, user in enumerate(["anna", "bert"])]
    joined = [identify("anna", 2, anonymousId="anon"), alias("bert", "anna", 3)]
    before = partitions_after(*known, *joined).person("anna")[1]
    partitions = partitions_after(*known, *joined, again)
    after = partitions.person("bert")[1]

    assert len(partitions.people()) == 1
    assert after.history.events == before.history.events + 1
    assert after.names.others == before.names.others
    assert after.names.contested == ()


def test_a_name_that_nobody_knows_is_kept_for_later() -> None:
    """A forwarding entry without anything to merge."""
    partitions = partitions_after(identify("anna", 1, anonymousId="anon"))

    assert isinstance(partitions.entry("anon"), Forward)
    assert [type(each) for each in partitions.joins()] == [Claim]
    partitions.tick(0, from_datetime(day(800)))
    partitions.tick(1, from_datetime(day(800)))
    partitions.tick(2, from_datetime(day(800)))
    assert isinstance(partitions.entry("anon"), Forward), "it is never due"
