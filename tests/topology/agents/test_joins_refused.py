"""Joins that go too far, and records about names that are none."""

import pytest

from schemas import topics
from tests.topology.agents.identities import (
    alias,
    anonymous,
    contested,
    identify,
    many_names,
    names_of,
    partitions_after,
)
from tests.topology.agents.partitions import Partitions
from tests.topology.domain.messages import day, order
from topology.agents.join_records import Merge, encode_join
from topology.domain.history.names import MOST_NAMES
from topology.domain.rows.forward import Forward


def test_a_person_has_at_most_fifty_names() -> None:
    """The one that would be too many is refused, with the reason, and joins nothing."""
    most = many_names("anna", MOST_NAMES - 1)
    partitions = partitions_after(*most, identify("anna", 60, anonymousId="one-more"))

    assert len(names_of(partitions, "anna")) == MOST_NAMES - 1
    assert partitions.entry("one-more") is None
    detail = "anna has 50 names already, and a person has at most 50"
    assert partitions.letters() == [("too_many_names", detail)]
    assert partitions.person("anna")[1].history.events == MOST_NAMES - 1
    partitions.produce(most[3] | {"messageId": "again"})
    partitions.drain()
    assert len(partitions.letters()) == 1, "a name that they have already is none more"


def test_a_track_event_with_one_name_too_many_counts_all_the_same() -> None:
    """Only its claim is dropped."""
    both = order(day(60), "o1", profile="anna") | {"anonymousId": "one-more"}
    partitions = partitions_after(*many_names("anna", MOST_NAMES - 1), both)

    assert len(partitions.person("anna")[1].history.orders) == 1
    assert partitions.entry("one-more") is None
    assert partitions.letters() == []


def test_two_users_with_too_many_names_together_stay_two() -> None:
    """The claim is refused, and the claimant does not go on as if it had the name."""
    partitions = partitions_after(
        *many_names("anna", 25), *many_names("bert", 25), alias("anna", "bert", 80)
    )

    assert partitions.person("anna")[0] == "anna"
    assert partitions.person("bert")[0] == "bert"
    detail = "bert and anna have 52 names together; a person has at most 50"
    assert partitions.letters() == [("too_many_names", detail)]
    assert "anna" not in names_of(partitions, "bert")
    assert contested(partitions, "bert") == ["anna"]


@pytest.mark.parametrize("value", [None, b"", b"\x00", b"{}", b"\xc1", b"\x81\xa4kind\xa4nope"])
@pytest.mark.parametrize("key", [b"anna", b"", None, b"\xff", b"\0clock"])
def test_garbage_among_the_joins_goes_to_the_dead_letters(
    key: bytes | None, value: bytes | None
) -> None:
    """And its neighbours are processed."""
    partitions = partitions_after(anonymous(order(day(0), "o1"), "anon"))
    partitions._append(topics.JOINS, 0, key, value)
    partitions.produce(identify("anna", 1, anonymousId="anon"))
    partitions.drain()

    assert [reason for reason, _ in partitions.letters()] == ["unknown_shape"]
    assert partitions.person("anon")[0] == "anna"


def test_a_merge_of_foreign_bytes_goes_to_the_dead_letters() -> None:
    """So does what a newer release has written."""
    partitions = partitions_after(identify("anna", 1, anonymousId="anon"))
    home = partitions.router.home(b"anna")
    partitions._append(topics.JOINS, home, b"anna", encode_join(Merge("", "x", b"no row")))
    partitions._append(topics.JOINS, home, b"anna", encode_join(Merge("", "x", b"", version=2)))
    partitions.drain()

    assert [reason for reason, _ in partitions.letters()] == ["invalid_field", "unknown_shape"]


def test_records_of_another_application_are_left_alone() -> None:
    """It shares the topics, and has rows of its own."""
    ours, theirs = Partitions(3), Partitions(3, app_id="theirs")
    for each in (ours, theirs):
        each.produce(
            anonymous(order(day(0), "o1"), "anon"), identify("anna", 1, anonymousId="anon")
        )
        each.drain()
    for output in theirs.outputs:
        if output.topic == topics.JOINS and output.partition is not None:
            ours._append(output.topic, output.partition, output.key, output.value)
    ours.drain()

    assert ours.person("anna")[1].history.events == 2
    assert ours.letters() == []


def test_a_record_about_names_on_the_wrong_partition_is_handed_on_once() -> None:
    """As an event is."""
    partitions = partitions_after(anonymous(order(day(0), "o1"), "anon"))
    claim = partitions_after(identify("anna", 1, anonymousId="anon")).outputs[-1]
    home = partitions.router.home(b"anon")
    wrong = (home + 1) % 3
    partitions._append(topics.JOINS, wrong, claim.key, claim.value)
    partitions.drain()
    assert isinstance(partitions.entry("anon"), Forward)

    headers = [("forwarded-from", b"elsewhere")]
    partitions._append(topics.JOINS, wrong, claim.key, claim.value, headers)
    partitions.drain()
    assert [reason for reason, _ in partitions.letters()] == ["wrong_partition"]


def test_an_event_of_an_alias_on_the_wrong_partition_finds_the_person() -> None:
    """Handed on to the alias's partition first, then sent along."""
    partitions = partitions_after(identify("anna", 1, anonymousId="anon"))
    wrong = (partitions.router.home(b"anon") + 1) % 3
    partitions.produce(anonymous(order(day(2), "o1"), "anon"), at=wrong)
    partitions.drain()

    assert len(partitions.person("anna")[1].history.orders) == 1


@pytest.mark.parametrize("key", [b"", None, b"\xff", b"\0clock"])
def test_a_record_about_names_for_nobody_goes_to_the_dead_letters(key: bytes | None) -> None:
    """Whatever else it says."""
    partitions = partitions_after(identify("anna", 1, anonymousId="anon"))
    [claim] = partitions.joins()
    partitions._append(topics.JOINS, 0, key, encode_join(claim))
    partitions.drain()

    assert [reason for reason, _ in partitions.letters()] == ["unknown_shape"]
