"""The stories have everything in them, and the oracle's verdict on any has what every one must."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.messages import KNOWN_EVENTS, SOURCE_MESSAGE
from tests.oracle import DEFAULT, DIMENSIONS, Outcome, ReceivedMessage, run_policy
from tests.oracle.instant import instant_of
from tests.oracle.instants import of_history
from tests.oracle.stories import EVENTS, stories, untils

bounded = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

received_until = stories().flatmap(lambda received: st.tuples(st.just(received), untils(received)))


def outcome_of(received: list[ReceivedMessage], until: datetime) -> Outcome:
    return run_policy(received, until=until).customers["c"]


def test_every_event_of_the_contract_may_come() -> None:
    assert set(EVENTS) == KNOWN_EVENTS


@bounded
@given(stories())
def test_all_messages_fit_the_contract(received: list[ReceivedMessage]) -> None:
    for each in received:
        SOURCE_MESSAGE.validate_python(each.message)


@bounded
@given(stories())
def test_time_never_goes_back(received: list[ReceivedMessage]) -> None:
    known: dict[str, Any] = {}
    instants = [each.processed_at for each in received if each.processed_at is not None]
    for each in received:
        assert known.setdefault(each.message["messageId"], each.message) is each.message

    assert received[0].processed_at is None
    assert all(one <= other for one, other in pairwise(instants))


@bounded
@given(received_until)
def test_ways_have_no_gap(given_: tuple[list[ReceivedMessage], datetime]) -> None:
    """Each transition begins where the one before it ended, and the last ends where one stands."""
    found = outcome_of(*given_)
    stands = dict(zip(DIMENSIONS, ("none", "prospect", "C", "calm"), strict=True))
    for number, each in enumerate(found.transitions, start=1):
        assert each.sequence == number
        assert stands[each.dimension] == each.before != each.after
        stands[each.dimension] = each.after

    assert stands == found.dimensions
    assert all(one.at <= other.at for one, other in pairwise(found.transitions))


@bounded
@given(received_until)
def test_caps_and_rests_are_kept(given_: tuple[list[ReceivedMessage], datetime]) -> None:
    found = outcome_of(*given_)
    promotional = {rule.name for rule in DEFAULT.rules if rule.promotional}
    sent = [each.at for each in found.triggers if each.rule in promotional]
    attempts = Counter[str]()
    last: dict[str, datetime] = {}
    rests = {rule.name: timedelta(microseconds=rule.cooldown) for rule in DEFAULT.rules}
    for each in found.triggers:
        attempts[each.rule] += 1
        assert each.attempt == attempts[each.rule]
        assert each.rule not in last or each.at - last[each.rule] >= rests[each.rule]
        assert each.since <= each.at
        last[each.rule] = each.at

    assert all(other - one >= timedelta(days=7) for one, other in pairwise(sent))
    assert all(
        other - one >= timedelta(days=30) for one, other in zip(sent, sent[2:], strict=False)
    )


@bounded
@given(received_until, st.integers(0, 400))
def test_it_does_not_matter_how_often_the_clock_is_looked_at(
    given_: tuple[list[ReceivedMessage], datetime], more: int
) -> None:
    """What has come by an instant is the same if the clock then goes on."""
    received, until = given_
    found, later = outcome_of(received, until), outcome_of(received, until + timedelta(days=more))
    transitions, triggers = len(found.transitions), len(found.triggers)

    assert later.transitions[:transitions] == found.transitions
    assert later.triggers[:triggers] == found.triggers
    assert all(each.at > until for each in later.transitions[transitions:])
    assert all(each.at > until for each in later.triggers[triggers:])


@bounded
@given(received_until)
def test_looking_at_the_clock_much_more_often_shows_nothing_else(
    given_: tuple[list[ReceivedMessage], datetime],
) -> None:
    """At every span that the policy names, and two more, after all messages."""
    received, until = given_
    found = outcome_of(received, until)
    spans = [timedelta(hours=1), *[timedelta(days=n) for n in (3, 7, 14, 21, 30, 44, 60, 90)]]
    spans += [timedelta(days=n) for n in (1, 2, 5, 10, 180, 365, 379, 730)]
    times = {datetime.fromisoformat(each.message["timestamp"]) for each in received}
    instants = {instant_of(at + span) for at in times for span in spans}

    def often(*asked: Any) -> list[int]:
        after, until = asked[2:]
        return sorted({*of_history(*asked), *(at for at in instants if after < at <= until)})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.oracle.life.of_history", often)
        assert outcome_of(received, until) == found
