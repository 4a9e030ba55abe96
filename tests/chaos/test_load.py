"""The loads: the same for the same seed, in the order that makes their outcome certain."""

import json
from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from schemas import topics
from schemas.messages import KNOWN_EVENTS
from tests.chaos.cdnow import replay
from tests.chaos.consent import NEEDS_CONSENT, policy_of
from tests.chaos.deeds import OF_THE_LIST
from tests.chaos.exchange import SELLS_ABROAD
from tests.chaos.lives import time_of
from tests.chaos.load import Erasing, Load, Sent, Tick
from tests.chaos.schedule import schedule
from tests.chaos.synthetic import synthetic
from tests.chaos.test_chaos_short import CUSTOMERS, FAULTS, SEED
from tests.chaos.world import PARTITIONS
from tests.oracle import DEFAULT, DIMENSIONS, Verdict, run_policy

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
    messages = [each.message for each in load.received]
    refunds = [each for each in messages if each.get("event") == "Order Refunded"]

    assert len(load.garbage) > 50
    assert len(set(load.garbage.values())) == 8
    assert sum(times - 1 for times in values.values()) > 100  # retries
    assert sum(each.strays for each in sent) > 100
    assert any("total" not in each["properties"] for each in refunds)
    assert any("total" in each["properties"] for each in refunds)
    assert {each["event"] for each in messages if "event" in each} == KNOWN_EVENTS
    assert sum(each["type"] == "identify" for each in messages) > 50
    assert (
        sum(
            each.processed_at is not None and each.processed_at > time_of(each)
            for each in load.received
        )
        > 100
    )
    assert {each.topic for each in sent} == {*topics.SOURCES, topics.CLOCK}


def whose(load: Load, message: dict[str, Any]) -> str:
    """What the customer is called of whom a message tells."""
    properties = message.get("properties", {})
    handle = f"{properties.get('network')}:{properties.get('handle')}"
    name = message.get("userId") or message.get("anonymousId") or handle
    return load.names_of_joined.get(name, name)


def test_every_message_is_counted_once_for_its_id_or_for_itself(load: Load) -> None:
    """A message without an id is one of its own."""
    good = [json.loads(each.value) for each in load.sent if each.value not in load.garbage]
    with_id = {(whose(load, each), each["messageId"]) for each in good if "messageId" in each}
    without = [whose(load, each) for each in good if "messageId" not in each]

    assert len(without) > 100
    assert Counter([*(customer for customer, _ in with_id), *without]) == load.events


def test_the_oracle_reads_every_message_once(load: Load) -> None:
    """Of a person of several names as if there were one."""
    messages = {json.dumps(each.message, sort_keys=True) for each in load.received}
    good = [json.loads(each.value) for each in load.sent if each.value not in load.garbage]
    sent = {json.dumps(each | {"userId": whose(load, each)}, sort_keys=True) for each in good}

    assert Counter(each.message["userId"] for each in load.received) == load.events
    assert messages == sent


def test_people_have_several_names_which_are_joined_in_every_way(load: Load) -> None:
    good = [json.loads(each.value) for each in load.sent if each.value not in load.garbage]
    names = load.names_of_joined
    aliases = {(each["userId"], each["previousId"]) for each in good if each["type"] == "alias"}
    claimed = [each for each in good if "userId" in each and each.get("anonymousId") in names]
    external = [each for each in good if "externalIds" in each.get("context", {})]

    assert len(load.joined) > 15
    assert {len(each.users) for each in load.joined.values()} == {1, 2}
    assert any((other, user) in aliases for user, other in aliases)  # in both directions
    assert any(":" in other for _, other in aliases)
    assert {each["type"] for each in claimed} == {"track", "identify"}
    assert {each["context"]["externalIds"][0]["type"] for each in external} == {
        "anonymous_id",
        "instagram",
    }
    assert all(whose(load, each) in load.joined for each in good if "userId" not in each)


def test_the_short_form_has_joins_complaints_erasures_consent_and_the_list() -> None:
    """On another seed, which was chosen for its faults."""
    load = synthetic(SEED, len(schedule(SEED, FAULTS)), CUSTOMERS, PARTITIONS, policy_of(SEED))
    alone = load.erased.keys() - load.joined.keys()
    events = Counter(each.message.get("event") for each in load.received)

    assert len(load.joined) > 10
    assert len(load.contested) > 10
    assert min(events["Complaint Filed"], events["Complaint Resolved"]) > 50
    assert min(events["Customer Suppressed"], events["Customer Unsuppressed"]) > 10
    assert len(alone) > 5
    assert len(load.erased.keys() & load.joined.keys()) > 1
    assert load.policy.needs_consent is not None


def test_orders_and_refunds_are_in_three_currencies(load: Load) -> None:
    """And refunds also in none, or before their orders."""
    sold = Counter(
        (each.message["event"], each.message["properties"].get("currency"))
        for each in load.received
        if each.message.get("event") in ("Order Completed", "Order Refunded")
        and ("total" in each.message["properties"])
    )
    orders = {currency for event, currency in sold if event == "Order Completed"}

    assert orders == {"EUR", "CHF", "JPY"}
    assert {currency for event, currency in sold if event == "Order Refunded"} == {*orders, None}
    assert min(sold.values()) > 5


def test_people_are_erased_in_the_midst_of_what_they_do(load: Load) -> None:
    """Each name in a request of its own, which is neither in the first round nor in the last."""
    asked = {
        each.name: number
        for number, steps in enumerate(load.rounds, start=1)
        for each in steps
        if isinstance(each, Erasing)
    }
    alone = load.erased.keys() - load.joined.keys()

    assert asked == {name: one.round for one in load.erased.values() for name in one.names}
    assert {*asked.values()} <= {*range(2, ROUNDS)}
    assert min(len(alone), len(load.erased) - len(alone)) > 2
    assert not alone & {name for by in load.contested.values() for name in by}
    assert any(happens_after(load, name) for name in alone)


def happens_after(load: Load, name: str) -> bool:
    """True if somebody who is erased comes back afterwards."""
    over = load.begin(load.erased[name].round + 1)
    return any(each.message["userId"] == name and time_of(each) > over for each in load.received)


def test_who_is_erased_under_many_names_has_no_new_messages_but_repeated_ones(load: Load) -> None:
    """Also how the names hang together."""
    again = Counter[str]()
    for called in load.erased.keys() & load.joined.keys():
        number, names = load.erased[called]
        assert names == load.joined[called].names
        theirs = [each for each in load.received if each.message["userId"] == called]
        assert max(map(time_of, theirs)) <= load.begin(number)
        for steps in load.rounds[number - 1 :]:
            for each in steps:
                if isinstance(each, Sent) and each.value not in load.garbage:
                    message = json.loads(each.value)
                    again[message["type"]] += whose(load, message) == called
    assert min(again["alias"], again["identify"], again["track"]) > 0


def test_consent_is_given_denied_and_taken_back(load: Load) -> None:
    """If a policy asks for it some promotion goes out, and less than otherwise."""
    some = {*sorted(load.answering)[:40]}
    messages = [each for each in load.received if each.message["userId"] in some]
    numbers = [
        promotions(run_policy(messages, until=load.until, policy=each))
        for each in (SELLS_ABROAD, NEEDS_CONSENT)
    ]
    assert numbers[0] > numbers[1] > 10


def test_who_is_on_the_suppression_list_gets_less_promotion(load: Load) -> None:
    """And nothing of it is sent about who is erased."""
    listed = {
        each.message["userId"] for each in load.received if each.message.get("event") in OF_THE_LIST
    }
    messages = [each for each in load.received if each.message["userId"] in listed]
    without = [each for each in messages if each.message.get("event") not in OF_THE_LIST]
    numbers = [
        promotions(run_policy(each, until=load.until, policy=load.policy))
        for each in (without, messages)
    ]

    assert len(listed) > 10
    assert not listed & load.erased.keys()
    assert numbers[0] > numbers[1] > 10


def promotions(verdict: Verdict) -> int:
    """How many promotional triggers there are."""
    promotional = {rule.name for rule in DEFAULT.rules if rule.promotional}
    return sum(each.rule in promotional for each in verdict.triggers)


def test_some_names_are_claimed_by_two(load: Load) -> None:
    """By two from the beginning, or by another one once it is certain whose they are."""
    theirs = {name: by for name, by in load.contested.items() if name in load.names_of_joined}
    races = [by for name, by in load.contested.items() if name not in theirs and len(by) > 1]

    assert len(theirs) > 5
    assert len(races) > 5
    assert not {name for by in load.contested.values() for name in by} & {*load.names_of_joined}


def test_time_never_goes_back_in_time(load: Load) -> None:
    latest: dict[str, datetime] = {}
    for each in load.received:
        customer = each.message["userId"]
        assert each.processed_at is not None
        assert each.processed_at >= max(time_of(each), latest.get(customer, each.processed_at))
        latest[customer] = each.processed_at


def test_in_one_round_a_customer_uses_one_topic(load: Load) -> None:
    """But for what is sent again, which means nothing wherever it comes from.

    And but for those of several names, of whom not everything is compared.
    """
    seen = set(load.garbage)
    for steps in load.rounds:
        used: dict[str, set[str]] = {}
        for step in steps:
            if isinstance(step, Sent) and step.value not in seen:
                seen.add(step.value)
                customer = whose(load, json.loads(step.value))
                if customer not in load.joined:
                    used.setdefault(customer, set()).add(step.topic)
        assert max(map(len, used.values())) == 1


@pytest.mark.parametrize("rounds", [1, 5, 40])
def test_every_round_of_the_replay_ends_with_a_tick(rounds: int) -> None:
    load = replay(rounds)
    ticks = [step.now for steps in load.rounds for step in steps if isinstance(step, Tick)]

    assert len(load.rounds) == rounds
    assert all(isinstance(steps[-1], Tick) for steps in load.rounds)
    assert all(one < other for one, other in pairwise(ticks))
    assert len(list(load.sent)) == 6919
    assert sum(load.events.values()) == 6919


def test_the_replay_sends_what_the_oracle_reads() -> None:
    """Also the ids: a transition names the message that caused it."""
    load = replay(1)
    sent = [json.loads(each.value) for each in load.sent]
    messages = [each.message for each in load.received]

    assert len(sent) == len(messages)
    assert {(each["messageId"], each["userId"]) for each in sent} == {
        (each["messageId"], each["userId"]) for each in messages
    }


def test_the_oracle_has_a_verdict_on_every_customer(load: Load) -> None:
    """Every rule fires, but for two years of silence, which are rare; some wait at the end."""
    verdict = load.verdict()

    assert {name: one.events for name, one in verdict.customers.items()} == load.events
    assert all(len(verdict.counts(dimension)) >= 3 for dimension in DIMENSIONS)
    assert {rule.name for rule in DEFAULT.rules} - {*verdict.summary["triggers"]} <= {"tidy_up"}
    assert any(one.held for one in verdict.customers.values())
    assert any(each.since < each.at for each in verdict.triggers)
