"""Joins of a name that belongs to somebody else already."""

from tests.topology.agents.identities import (
    alias,
    anonymous,
    contested,
    identify,
    names_of,
    partitions_after,
)
from tests.topology.domain.messages import day, order, visit
from topology.agents.join_records import Refused
from topology.domain.history.instant import from_datetime
from topology.domain.history.names import Contested


def test_a_shared_device_is_not_a_person() -> None:
    """It belongs to the first; the second claim is noted with its owner, and joins nothing."""
    partitions = partitions_after(
        anonymous(order(day(0), "o1"), "tablet"),
        identify("anna", 1, anonymousId="tablet"),
        identify("bert", 2, anonymousId="tablet"),
        order(day(3), "o2", profile="bert") | {"anonymousId": "tablet"},
        anonymous(order(day(4), "o3"), "tablet"),
    )
    _, anna = partitions.person("anna")
    _, bert = partitions.person("bert")

    assert [each.id for each in anna.history.orders] == ["o1", "o3"]
    assert [each.id for each in bert.history.orders] == ["o2"]
    assert bert.names.others == ()
    assert bert.names.contested == (Contested("tablet", "anna", from_datetime(day(2))),)
    assert anna.names.contested == ()
    assert sum(isinstance(each, Refused) for each in partitions.joins()) == 1, "and not asked again"


def test_an_alias_of_a_name_that_belongs_to_another_is_contested_too() -> None:
    """Whoever logs in on a shared device is not everybody who ever did."""
    partitions = partitions_after(
        anonymous(visit(day(0)), "tablet"), alias("tablet", "anna", 1), alias("tablet", "bert", 2)
    )

    assert partitions.person("tablet")[0] == "anna"
    assert partitions.person("bert")[0] == "bert"
    assert contested(partitions, "bert") == ["tablet"]


def test_an_alias_waits_until_its_name_is_known_to_be_a_user_id() -> None:
    """Then the three are one person, as they would be if it had been known from the start."""
    unknown = [alias("carl", "anna", 1), alias("carl", "bert", 2)]
    partitions = partitions_after(*unknown)
    assert contested(partitions, "bert") == ["carl"]
    partitions.produce(visit(day(3)) | {"userId": "carl"})
    partitions.drain()
    known = partitions_after(visit(day(3)) | {"userId": "carl"}, *unknown)

    for each in (partitions, known):
        assert {each.person(name)[0] for name in ("anna", "bert", "carl")} == {"anna"}
        assert contested(each, "carl") == []
        assert names_of(each, "carl") == ("bert", "carl")
    assert partitions.person("anna")[1].history == known.person("anna")[1].history
