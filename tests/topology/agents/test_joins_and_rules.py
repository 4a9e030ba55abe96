"""What rules and transitions remember when rows are joined."""

from datetime import datetime, timedelta

import pytest

from schemas import topics
from tests.topology.agents.identities import (
    alias,
    anonymous,
    identify,
    partitions_after,
)
from tests.topology.domain.messages import complaint, day, order, track, visit
from topology.domain.history.instant import from_datetime


def test_a_rule_that_rested_under_one_name_rests_under_all() -> None:
    """What the rules remember is merged: the latest firing counts, and all of them are counted."""
    bad = {"type": "track", "event": "Complaint Filed", "properties": {}}
    complaints = [
        bad | {"userId": user, "messageId": f"c-{user}", "timestamp": day(n).isoformat()}
        for n, user in enumerate(["anna", "bert"])
    ]
    partitions = partitions_after(*complaints, alias("bert", "anna", 2))
    fired = partitions.person("anna")[1].memory.last_fired("service_recovery")
    assert fired is not None
    assert (fired.at, fired.times) == (from_datetime(day(1)), 2)

    again = bad | {"userId": "bert", "messageId": "c-3", "timestamp": day(3).isoformat()}
    before = len(partitions.sent(topics.TRIGGERS))
    partitions.produce(again)
    partitions.drain()
    assert len(partitions.sent(topics.TRIGGERS)) == before


def test_numbers_of_transitions_go_on_from_the_larger() -> None:
    """No number comes twice for what a person is called."""
    many = [order(day(n), f"o{n}", profile="bert") for n in range(6)]
    partitions = partitions_after(
        *many, order(day(6), "p", profile="anna"), alias("bert", "anna", 7)
    )
    largest = max(each["sequence"] for each in partitions.sent(topics.TRANSITIONS)[:-1])
    move = partitions.sent(topics.TRANSITIONS)[-1]

    assert (move["cause"], move["sequence"]) == ("merge", largest + 1)


@pytest.mark.parametrize("buyer", ["anon", "anna"])
@pytest.mark.parametrize("clocks", [(10, 30), (30, 10), (30, 30), (21, 21), (10, 10), (700, 700)])
def test_a_delay_that_ends_about_the_time_of_a_join_sets_its_rule_off_once(
    buyer: str, clocks: tuple[int, int]
) -> None:
    """Of the row that yields and the claimant either may have the order, or the later clock."""
    partitions = partitions_after(
        anonymous(visit(day(1)), "anon"), visit(day(2)) | {"userId": "anna"}
    )
    bought = order(day(0), "o1", profile="anna")
    partitions.produce(bought if buyer == "anna" else anonymous(bought, "anon"))
    partitions.drain()
    assert partitions.router.home(b"anon") != partitions.router.home(b"anna")
    for name, until in zip((b"anon", b"anna"), clocks, strict=True):
        partitions.tick(partitions.router.home(name), from_datetime(day(until)))
    partitions.produce(identify("anna", 9, anonymousId="anon"))
    partitions.drain()
    for number in range(3):
        partitions.tick(number, from_datetime(day(800)))

    [fired] = [
        each for each in partitions.sent(topics.TRIGGERS) if each["rule"] == "second_purchase"
    ]
    latest = day(max(21, *clocks)) if buyer == "anon" and clocks[0] < 21 else day(21)
    assert datetime.fromisoformat(fired["effective_at"]) == latest


@pytest.mark.parametrize(("followed_on", "times"), [(0, 1), (1, 2)])
def test_what_waits_under_one_name_has_not_the_id_of_what_fired_under_the_other(
    followed_on: int, times: int
) -> None:
    """If both fell due at one instant it was the same, and what waited is over."""
    follows = track("Social Followed", day(0), "f", network="instagram")
    disappointed = complaint(day(3) + timedelta(hours=1), profile="anna")
    partitions = partitions_after(
        anonymous(follows | {"timestamp": day(followed_on).isoformat()}, "anon"),
        follows | {"userId": "anna", "messageId": "f-2"},
        anonymous(disappointed, "anon"),
    )
    for number in range(3):
        partitions.tick(number, from_datetime(day(10)))
    partitions.produce(identify("anna", 10, anonymousId="anon"))
    partitions.drain()
    for number in range(3):
        partitions.tick(number, from_datetime(day(100)))

    triggers = partitions.sent(topics.TRIGGERS)
    ids = [each["trigger_id"] for each in triggers]
    again = [each for each in triggers if each["action"]["template"] == "follower_again"]
    assert len(set(ids)) == len(ids)
    assert len(again) == times
