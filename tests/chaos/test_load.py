"""The loads: the same for the same seed, in the order that makes their outcome certain."""

import json
from collections import Counter
from datetime import datetime
from itertools import pairwise

import pytest

from tests.chaos.cdnow import replay
from tests.chaos.load import Load, Sent, Tick
from tests.chaos.synthetic import synthetic
from tests.oracle import Order, Refund

ROUNDS = 6


@pytest.fixture(scope="module")
def load() -> Load:
    return synthetic(7, ROUNDS, customers=200, partitions=4)


def test_the_same_seed_gives_the_same_load(load: Load) -> None:
    assert synthetic(7, ROUNDS, customers=200, partitions=4) == load
    assert synthetic(8, ROUNDS, customers=200, partitions=4) != load


def test_it_has_everything_that_a_shop_must_be_ready_for(load: Load) -> None:
    sent = list(load.sent)
    values = Counter(each.value for each in sent)
    refunds = [each for each in load.told if isinstance(each, Refund)]

    assert len(load.garbage) > 50
    assert len(set(load.garbage.values())) == 7
    assert sum(times - 1 for times in values.values()) > 100  # retries
    assert sum(each.strays for each in sent) > 100
    assert any(each.cents is None for each in refunds)
    assert any(each.cents is not None for each in refunds)
    assert sum(each.heard is not None and each.heard > each.at for each in load.told) > 100
    assert len({each.topic for each in sent}) == 3


def test_every_message_is_counted_once_for_its_id_or_for_itself(load: Load) -> None:
    """A message without an id is one of its own."""
    good = [json.loads(each.value) for each in load.sent if each.value not in load.garbage]
    with_id = {(each["userId"], each["messageId"]) for each in good if "messageId" in each}
    without = [each["userId"] for each in good if "messageId" not in each]

    assert len(without) > 100
    assert Counter([*(customer for customer, _ in with_id), *without]) == load.events


def test_every_order_is_told_once_to_the_oracle(load: Load) -> None:
    ids = [each.order_id for each in load.told if isinstance(each, Order)]
    assert len(ids) == len(set(ids))


def test_what_is_heard_never_goes_back_in_time(load: Load) -> None:
    heard: dict[str, datetime] = {}
    for each in load.told:
        assert each.heard is not None
        assert each.heard >= heard.get(each.customer, each.heard)
        heard[each.customer] = each.heard


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
