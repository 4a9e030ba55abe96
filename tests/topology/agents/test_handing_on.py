"""Handing on: a record on another partition than its profile's goes there, once."""

import json
from datetime import timedelta

import pytest

from schemas import topics
from schemas.messages.record_headers import received_header
from tests.topology.agents.identities import alias, anonymous, identify, partitions_after
from tests.topology.agents.records import BROKER_TIME, Shelf, record
from tests.topology.domain.messages import day, order, visit
from topology.agents.record_router import FORWARDED
from topology.batching.hops import HOPS

LATER_MS = int(BROKER_TIME.timestamp() * 1000) + 60_000
MURMUR2 = {"21": -973932308, "foobar": -790332482, "abc": 479470107}
"""Test vectors of Kafka's own Utils.murmur2."""
TRACE = [("trace", b"t-1"), ("sampled", None)]
"""Kafka knows headers without a value."""


def home(profile: str, partitions: int) -> int:
    """The partition of a profile by Kafka's standard partitioner."""
    return (MURMUR2[profile] & 0x7FFFFFFF) % partitions


@pytest.mark.parametrize("profile", MURMUR2)
def test_a_record_on_the_wrong_partition_is_handed_on_to_its_profile_s(profile: str) -> None:
    """With all its bytes and headers, under the profile's key, and where it came from."""
    right = home(profile, 8)
    wrong = (right + 1) % 8
    value = json.dumps(order(day(0), "o", profile=profile), indent=3).encode()
    shelf = Shelf(partitions=8, number=wrong)
    shelf.take([record(value, key=b"other", partition=wrong, headers=TRACE)])

    assert shelf.rows == {}
    [output] = shelf.outputs
    assert (output.topic, output.partition) == (topics.SHOP_EVENTS, right)
    assert (output.key, output.value) == (profile.encode(), value)
    assert list(output.headers) == [
        *TRACE,
        (FORWARDED, f"shop.events.v1-{wrong}-7".encode()),
        received_header(int(BROKER_TIME.timestamp() * 1000)),
        (HOPS, b"1"),
    ]


def test_a_record_that_was_handed_on_and_still_does_not_fit_is_not_handed_on_for_ever() -> None:
    """Two workers that count partitions differently would play ping-pong with it."""
    right = home("foobar", 8)
    wrong = (right + 1) % 8
    shelf = Shelf(partitions=8, number=wrong)
    first = record(order(day(0), "o", profile="foobar"), partition=wrong)
    [handed_on] = shelf.take([first]).outputs
    again = record(handed_on.value, partition=wrong, headers=handed_on.headers)
    [letter] = shelf.take([again]).outputs
    assert letter.topic == topics.DEAD_LETTERS
    headers = dict(letter.headers)
    assert headers["reason"] == b"wrong_partition"
    detail = f"handed on from shop.events.v1-{wrong}-7 to {wrong}, though it belongs to {right}"
    assert headers["detail"] == detail.encode()
    assert letter.value == first.value


def test_a_record_that_was_handed_on_is_processed_where_it_arrives() -> None:
    """Once: its profile's partition keeps it."""
    right = home("foobar", 8)
    there = Shelf(partitions=8, number=(right + 1) % 8)
    there.take([record(order(day(0), "o", profile="foobar"))])
    [output] = there.outputs
    here = Shelf(partitions=8, number=right)
    here.take([record(output.value, key=output.key, partition=right, headers=output.headers)])

    assert [each.topic for each in here.outputs] == [topics.TRANSITIONS] * 2
    assert here.row(b"foobar").scores.orders_total == 1


def test_an_event_that_goes_along_the_names_of_a_person_says_by_how_many_hops_it_came() -> None:
    """From a wrong partition to that of its name, and from there along each forwarding entry."""
    partitions = partitions_after(
        identify("u3", 0, anonymousId="device"), alias("u3", "u2", 1), alias("u2", "u1", 2)
    )
    before = len(partitions.outputs)
    visited = anonymous(visit(day(3)), "device")
    partitions.produce(visited, at=(partitions.router.home(b"device") + 1) % 3)
    partitions.drain()

    way = [(each.topic, each.key, dict(each.headers)[HOPS]) for each in partitions.outputs[before:]]
    assert way == [
        (topics.SHOP_EVENTS, b"device", b"1"),
        (topics.JOINS, b"u3", b"2"),
        (topics.JOINS, b"u2", b"3"),
        (topics.JOINS, b"u1", b"4"),
    ]


def test_a_record_that_was_handed_on_keeps_the_time_at_which_it_came() -> None:
    """It stands in for a missing time, and the sender's clock is put right by it."""
    right = home("foobar", 8)
    sent = BROKER_TIME - timedelta(hours=1)
    for times in ({"timestamp": None}, {"timestamp": day(400).isoformat(), "sentAt": str(sent)}):
        partitions_after = order(day(0), "o", profile="foobar") | times
        straight = Shelf(partitions=8, number=right)
        straight.take([record(partitions_after, partition=right)])
        there = Shelf(partitions=8, number=(right + 1) % 8)
        [output] = there.take([record(partitions_after)]).outputs
        here = Shelf(partitions=8, number=right)
        later = record(output.value, partition=right, headers=output.headers, stamp=LATER_MS)
        here.take([later])
        assert here.row(b"foobar").history == straight.row(b"foobar").history
