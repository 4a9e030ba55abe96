"""Joins: how the names of one person find each other, step by step."""

import pytest

from schemas import topics
from tests.topology.agents.identities import (
    alias,
    anonymous,
    contested,
    external,
    identify,
    names_of,
    partitions_after,
)
from tests.topology.domain.messages import day, order, visit
from topology.agents.join_records import Claim, Merge, Passed
from topology.domain.history.names import UNKNOWN
from topology.domain.history.record import replace
from topology.domain.rows.forward import Forward
from topology.domain.rows.row import decode_row, encode_row


def test_an_anonymous_visitor_s_orders_become_those_of_the_user_who_logs_in() -> None:
    """A claim, a merge, and a forwarding entry that stays."""
    partitions = partitions_after(
        anonymous(order(day(0), "o1"), "anon"),
        order(day(1), "o2", profile="anna"),
        identify("anna", 2, anonymousId="anon"),
    )
    key, state = partitions.person("anon")

    assert key == "anna"
    assert [each.id for each in state.history.orders] == ["o1", "o2"]
    assert state.history.events == 3
    assert state.segment == "potential_loyalist"
    assert names_of(partitions, "anna") == ("anon",)
    assert partitions.entry("anon") == Forward(0, "", None, "anon", 0, "anna", user=False)
    assert [type(each) for each in partitions.joins()] == [Claim, Merge]
    moves = {each["dimension"]: each for each in partitions.sent(topics.TRANSITIONS)}
    move = moves["segment"]
    assert (move["cause"], move["customer_id"], move["to"]) == (
        "merge",
        "anna",
        "potential_loyalist",
    )


def test_an_event_of_an_alias_reaches_the_person_after_the_join() -> None:
    """Also the second time that it comes; and it counts where it belongs in time."""
    late = anonymous(order(day(5), "o1"), "anon")
    partitions = partitions_after(identify("anna", 9, anonymousId="anon"), late, late)
    _, state = partitions.person("anna")

    assert [each.id for each in state.history.orders] == ["o1"]
    assert state.history.events == 2
    assert [type(each) for each in partitions.joins()] == [Claim, Passed, Passed]


def test_an_event_without_message_id_or_time_keeps_what_stands_in_for_them() -> None:
    """Its place in the source and the broker's time, although it has gone on to another topic."""
    bare = anonymous(order(day(5), "o1"), "anon")
    del bare["messageId"], bare["timestamp"]
    one, other = (
        partitions_after(identify("anna", 9, anonymousId="anon"), bare),
        partitions_after(bare),
    )
    other.produce(identify("anna", 9, anonymousId="anon"))
    other.drain()

    (_, state), (_, same) = one.person("anna"), other.person("anna")
    assert state.history == same.history
    assert sorted(state.seen[at : at + 8] for at in range(0, len(state.seen), 12)) == sorted(
        same.seen[at : at + 8] for at in range(0, len(same.seen), 12)
    )


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("instagram", "instagram:h"),
        ("Instagram", "instagram:h"),
        ("Twitter", "x:h"),
        ("other", "other:h"),
        ("anonymous_id", "h"),
        ("anonymousId", "h"),
    ],
)
def test_external_ids_of_known_types_are_names(kind: str, name: str) -> None:
    """Networks, and anonymous ids."""
    partitions = partitions_after(external("anna", 1, **{kind: "h"}))

    assert names_of(partitions, "anna") == (name,)
    assert isinstance(partitions.entry(name), Forward)


@pytest.mark.parametrize("kind", ["email", "phone", "custom", "user_id", "userId", "pin", ""])
def test_external_ids_of_other_types_join_nothing(kind: str) -> None:
    """An address may be a household's; user ids are joined by an alias alone."""
    partitions = partitions_after(
        order(day(0), "o1", profile="h"), external("anna", 1, **{kind: "h"})
    )

    assert names_of(partitions, "anna") == ()
    assert partitions.joins() == []


def test_a_handle_is_joined_with_what_was_written_under_it() -> None:
    """A mention before the customer was known, and one after."""
    properties = {"network": "instagram", "handle": "an"}
    mentions = [
        {
            "type": "track",
            "event": "Social Mentioned",
            "messageId": f"s-{n}",
            "timestamp": day(n).isoformat(),
            "properties": properties,
        }
        for n in (0, 9)
    ]
    partitions = partitions_after(mentions[0], external("anna", 1, instagram="an"), mentions[1])

    assert partitions.person("instagram:an")[0] == "anna"
    assert partitions.person("anna")[1].history.events == 3


def test_a_track_event_with_both_ids_joins_them_once() -> None:
    """As Segment sends them on every page after a login: one claim, not one an event."""
    both = [order(day(n), f"o{n}", profile="anna") | {"anonymousId": "anon"} for n in range(5)]
    partitions = partitions_after(anonymous(visit(day(0)), "anon"), *both)

    assert [type(each) for each in partitions.joins()] == [Claim, Merge]
    assert partitions.person("anon")[1].history.events == 6


def test_who_is_anonymous_claims_nothing() -> None:
    """Without a user id nothing says whose the other names are."""
    partitions = partitions_after(
        {**external("x", 0, instagram="h"), "userId": "", "anonymousId": "anon"},
    )

    assert partitions.joins() == []
    assert partitions.person("anon")[1].names == UNKNOWN


def test_a_retry_claims_nothing() -> None:
    """The message id says that it counts once, whatever else is in it."""
    partitions = partitions_after(
        identify("anna", 1, anonymousId="anon"), identify("anna", 1, anonymousId="other")
    )

    assert names_of(partitions, "anna") == ("anon",)
    assert partitions.entry("other") is None


def test_a_name_that_was_anonymous_becomes_a_user_id_when_a_message_says_so() -> None:
    """From then on nobody gets it but by an alias."""
    partitions = partitions_after(
        anonymous(order(day(0), "o1"), "bert"),
        order(day(1), "o2", profile="bert"),
        identify("anna", 2, anonymousId="bert"),
    )
    assert partitions.person("bert")[0] == "bert"
    assert contested(partitions, "anna") == ["bert"]

    partitions.produce(alias("bert", "anna", 3))
    partitions.drain()
    assert partitions.person("bert")[0] == "anna"
    assert contested(partitions, "anna") == []


def test_a_row_of_an_earlier_release_joins_like_any_other() -> None:
    """It does not know yet by what it is known: the next message says so, else it yields."""
    partitions = partitions_after(
        order(day(0), "o1", profile="anna"), order(day(0), "o2", profile="bert")
    )
    for name in (b"anna", b"bert"):
        rows = partitions.rows[partitions.router.home(name)]
        older = replace(decode_row(rows[name]), known_by=False)
        rows[name] = encode_row(older)
        assert decode_row(rows[name]) == older
    partitions.produce(alias("anna", "bert", 1))
    partitions.drain()

    assert partitions.person("anna")[0] == "bert"
    assert len(partitions.person("anna")[1].history.orders) == 2
    partitions.produce(alias("bert", "anna", 2))
    partitions.drain()
    assert partitions.person("anna")[1].customer_id == "anna"


def test_the_number_of_a_customer_card_is_joined_by_any_message() -> None:
    """An order at the till tells it; it belongs to the first who shows it."""
    card = {"context": {"externalIds": [{"id": "7", "type": "loyalty"}]}}
    partitions = partitions_after(order(day(0), "o1", profile="anna") | card, visit(day(1)))
    assert names_of(partitions, "anna") == ("loyalty:7",)
    assert partitions.person("loyalty:7")[0] == "anna"
    partitions = partitions_after(
        order(day(0), "o1", profile="anna") | card,
        order(day(1), "o2", profile="bert") | card,
        order(day(2), "o3", profile="7"),
    )
    assert names_of(partitions, "bert") == ()
    assert names_of(partitions, "7") == ()
    assert [each.id for each in partitions.person("anna")[1].history.orders] == ["o1"]


def test_an_id_that_is_nobodys_makes_no_row_and_joins_none() -> None:
    """Else all whose id got lost in some program would be one person."""
    lost = [
        order(day(0), "o1", profile="undefined"),
        order(day(1), "o2", profile="anna") | {"anonymousId": "null"},
        order(day(2), "o3", profile="bert") | {"anonymousId": "null"},
        order(day(3), "o4", profile="NaN") | {"anonymousId": "a-1"},
    ]
    partitions = partitions_after(*lost)
    assert [partitions.entry(name) for name in ("undefined", "null", "NaN")] == [None] * 3
    assert partitions.joins() == []
    assert partitions.person("a-1")[1].history.events == 1
