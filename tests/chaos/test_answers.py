"""Answers to triggers that fired, as they are sent and as the oracle reads them."""

import json
from datetime import datetime

import pytest

from tests.chaos.answers import APART, Answers
from tests.chaos.load import Answer, Erased, Load
from tests.chaos.messages import Json
from tests.chaos.synthetic import synthetic
from tests.oracle import ReceivedMessage, Verdict, run_policy, trigger_name

ROUNDS = 6
CUSTOMERS = 40


@pytest.fixture(scope="module")
def load() -> Load:
    return synthetic(7, ROUNDS, CUSTOMERS, partitions=4)


@pytest.fixture(scope="module")
def verdict(load: Load) -> Verdict:
    return load.verdict()


def triggers(verdict: Verdict) -> list[Json]:
    """As they are in their topic; an id is as good as any."""
    return [
        {
            "trigger_id": f"{number:032x}",
            "customer_id": each.customer,
            "rule": each.rule,
            "attempt": each.attempt,
            "effective_at": each.at.isoformat(),
        }
        for number, each in enumerate(verdict.triggers)
    ]


def answered(load: Load, verdict: Verdict) -> Answers:
    answers = Answers(load, "", 4)
    pending = triggers(verdict)
    for number in range(2, ROUNDS + 1):
        begin = load.begin(number).isoformat()
        fired = [each for each in pending if each["effective_at"] <= begin]
        pending = [each for each in pending if each["effective_at"] > begin]
        for each in fired:
            answers.note(number, each)
        answers.give(number)
    return answers


def test_some_are_delivered_some_responded_some_late_and_some_twice(
    load: Load, verdict: Verdict
) -> None:
    given = answered(load, verdict).given
    flat = [each for some in given.values() for each in some]
    events = {each.received.message["event"] for each in flat}
    ids = [each.received.message["messageId"] for each in flat]

    assert events == {"Retention Action Delivered", "Retention Action Responded"}
    assert len(ids) > len(set(ids)) > 50
    assert sum(happened(each) < processed_at(each) for each in flat) > 10
    for number, some in given.items():
        begin = load.begin(number)
        assert all(begin <= processed_at(each) < begin + 1000 * APART for each in some)


def test_the_oracle_reads_its_own_name_of_what_is_sent_by_its_id(
    load: Load, verdict: Verdict
) -> None:
    names = {
        each["trigger_id"]: trigger_name(each["rule"], each["attempt"])
        for each in triggers(verdict)
    }
    for some in answered(load, verdict).given.values():
        for each in some:
            sent = json.loads(each.sent.value)
            sent["properties"]["trigger_id"] = names[sent["properties"]["trigger_id"]]
            assert sent == each.received.message


def test_only_those_answer_of_whom_it_is_certain_what_came_of_them(
    load: Load, verdict: Verdict
) -> None:
    """Of one name, over one topic; of who was erased nothing of before."""
    for number, some in answered(load, verdict).given.items():
        for each in some:
            name = each.received.message["userId"]
            assert name in load.answering
            assert name not in load.joined
            erased = load.erased.get(name, Erased(ROUNDS, frozenset()))
            if number > erased.round:
                assert happened(each) > load.begin(erased.round + 1)


def test_answers_come_before_all_else_of_their_round(load: Load, verdict: Verdict) -> None:
    """Each once, and the load has one record more for each that is sent."""
    answers = answered(load, verdict).given
    answered_load = load.with_answers(answers)
    new = {each.received.message["messageId"] for some in answers.values() for each in some}

    assert len(answered_load.received) == len(load.received) + len(new)
    assert sum(answered_load.events.values()) == sum(load.events.values()) + len(new)
    assert len(list(answered_load.sent)) == len(list(load.sent)) + sum(map(len, answers.values()))
    assert [
        each for each in answered_load.received if each.message.get("messageId") not in new
    ] == load.received
    for number, begin in enumerate(answered_load.received_before, start=1):
        first = {each.received.message["messageId"] for each in answers.get(number, ())}
        theirs = answered_load.received[begin : begin + len(first)]
        assert {each.message["messageId"] for each in theirs} == first


def test_what_is_answered_makes_a_difference(load: Load, verdict: Verdict) -> None:
    """Cases are closed by it, and attempts are counted: the oracle says something else."""
    answered_load = load.with_answers(answered(load, verdict).given)
    of_answering = [
        each for each in answered_load.received if each.message["userId"] in load.answering
    ]
    other = run_policy(of_answering, until=load.until, policy=load.policy)
    closed = [each for each in other.transitions if each.before == "complaint_open"]
    before = [
        each
        for each in verdict.transitions
        if each.before == "complaint_open" and each.customer in load.answering
    ]
    assert {(each.customer, each.at) for each in closed} != {
        (each.customer, each.at) for each in before
    }


def happened(each: Answer) -> datetime:
    return datetime.fromisoformat(each.received.message["timestamp"])


def processed_at(each: Answer) -> datetime:
    received: ReceivedMessage = each.received
    assert received.processed_at is not None
    return received.processed_at
