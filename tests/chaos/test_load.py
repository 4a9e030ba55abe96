"""The loads: the same for the same seed, in the order that makes their outcome certain."""

import json
from collections import Counter
from datetime import datetime
from itertools import pairwise

import pytest

from schemas.messages import KNOWN_EVENTS
from tests.chaos.cdnow import replay
from tests.chaos.load import Load, Sent, Tick
from tests.chaos.messages import as_bytes
from tests.chaos.synthetic import synthetic
from tests.oracle import DEFAULT, DIMENSIONS, Told

ROUNDS = 6


@pytest.fixture(scope="module")
def load() -> Load:
    return synthetic(7, ROUNDS, customers=200, partitions=4)


def time_of(each: Told) -> datetime:
    """When it happened."""
    return datetime.fromisoformat(each.message["timestamp"])


def test_the_same_seed_gives_the_same_load(load: Load) -> None:
    assert synthetic(7, ROUNDS, customers=200, partitions=4) == load
    assert synthetic(8, ROUNDS, customers=200, partitions=4) != load


def test_it_has_everything_that_a_shop_must_be_ready_for(load: Load) -> None:
    sent = list(load.sent)
    values = Counter(each.value for each in sent)
    told = [each.message for each in load.told]
    refunds = [each for each in told if each.get("event") == "Order Refunded"]

    assert len(load.garbage) > 50
    assert len(set(load.garbage.values())) == 7
    assert sum(times - 1 for times in values.values()) > 100  # retries
    assert sum(each.strays for each in sent) > 100
    assert any("total" not in each["properties"] for each in refunds)
    assert any("total" in each["properties"] for each in refunds)
    assert {each["event"] for each in told if "event" in each} == KNOWN_EVENTS
    assert sum(each["type"] == "identify" for each in told) > 50
    assert sum(each.heard is not None and each.heard > time_of(each) for each in load.told) > 100
    assert len({each.topic for each in sent}) == 3


def test_every_message_is_counted_once_for_its_id_or_for_itself(load: Load) -> None:
    """A message without an id is one of its own."""
    good = [json.loads(each.value) for each in load.sent if each.value not in load.garbage]
    with_id = {(each["userId"], each["messageId"]) for each in good if "messageId" in each}
    without = [each["userId"] for each in good if "messageId" not in each]

    assert len(without) > 100
    assert Counter([*(customer for customer, _ in with_id), *without]) == load.events


def test_every_message_is_told_once_to_the_oracle(load: Load) -> None:
    told = [as_bytes(each.message) for each in load.told]
    sent = {each.value for each in load.sent if each.value not in load.garbage}

    assert Counter(each.message["userId"] for each in load.told) == load.events
    assert set(told) == sent


def test_what_is_heard_never_goes_back_in_time(load: Load) -> None:
    heard: dict[str, datetime] = {}
    for each in load.told:
        customer = each.message["userId"]
        assert each.heard is not None
        assert each.heard >= max(time_of(each), heard.get(customer, each.heard))
        heard[customer] = each.heard


def test_in_one_round_a_customer_uses_one_topic(load: Load) -> None:
    """But for what is sent again, which means nothing wherever it comes from."""
    seen = set(load.garbage)
    for steps in load.rounds:
        topics: dict[str, set[str]] = {}
        for step in steps:
            if isinstance(step, Sent) and step.value not in seen:
                seen.add(step.value)
                topics.setdefault(json.loads(step.value)["userId"], set()).add(step.topic)
        assert max(map(len, topics.values())) == 1


@pytest.mark.parametrize("rounds", [1, 5, 40])
def test_every_round_of_the_replay_ends_with_a_tick(rounds: int) -> None:
    load = replay(rounds)
    ticks = [step.now for steps in load.rounds for step in steps if isinstance(step, Tick)]

    assert len(load.rounds) == rounds
    assert all(isinstance(steps[-1], Tick) for steps in load.rounds)
    assert all(one < other for one, other in pairwise(ticks))
    assert len(list(load.sent)) == 6919
    assert sum(load.events.values()) == 6919


def test_the_replay_sends_what_it_tells_the_oracle() -> None:
    """Also the ids: a transition names the message that caused it."""
    load = replay(1)
    sent = [json.loads(each.value) for each in load.sent]
    told = [each.message for each in load.told]

    assert len(sent) == len(told)
    assert {(each["messageId"], each["userId"]) for each in sent} == {
        (each["messageId"], each["userId"]) for each in told
    }


def test_the_oracle_has_a_verdict_on_every_customer(load: Load) -> None:
    """Every rule fires, but for two years of silence, which are rare; some wait at the end."""
    verdict = load.verdict()

    assert {name: one.events for name, one in verdict.customers.items()} == load.events
    assert all(len(verdict.counts(dimension)) >= 3 for dimension in DIMENSIONS)
    assert {rule.name for rule in DEFAULT.rules} - {*verdict.summary["triggers"]} <= {"tidy_up"}
    assert any(one.waiting for one in verdict.customers.values())
    assert any(each.since < each.at for each in verdict.triggers)
