"""The stories have everything in them, and the oracle's verdict on any has what every one must."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.messages import KNOWN_EVENTS, SOURCE_MESSAGE
from tests.oracle import DEFAULT, DIMENSIONS, Outcome, Told, judge
from tests.oracle.instant import instant_of
from tests.oracle.instants import of_facts
from tests.oracle.stories import EVENTS, stories, untils

bounded = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

told_until = stories().flatmap(lambda told: st.tuples(st.just(told), untils(told)))


def judged(told: list[Told], until: datetime) -> Outcome:
    return judge(told, until=until).customers["c"]


def test_every_event_of_the_contract_may_come() -> None:
    assert set(EVENTS) == KNOWN_EVENTS


@bounded
@given(stories())
def test_all_that_is_told_fits_the_contract(told: list[Told]) -> None:
    for each in told:
        SOURCE_MESSAGE.validate_python(each.message)


@bounded
@given(stories())
def test_what_is_heard_never_goes_back(told: list[Told]) -> None:
    known: dict[str, Any] = {}
    heard = [each.heard for each in told if each.heard is not None]
    for each in told:
        assert known.setdefault(each.message["messageId"], each.message) is each.message

    assert told[0].heard is None
    assert all(one <= other for one, other in pairwise(heard))


@bounded
@given(told_until)
def test_ways_have_no_gap(given_: tuple[list[Told], datetime]) -> None:
    """Each transition begins where the one before it ended, and the last ends where one stands."""
    found = judged(*given_)
    stands = dict(zip(DIMENSIONS, ("none", "prospect", "C", "calm"), strict=True))
    for number, each in enumerate(found.transitions, start=1):
        assert each.sequence == number
        assert stands[each.dimension] == each.before != each.after
        stands[each.dimension] = each.after

    assert stands == found.standing
    assert all(one.at <= other.at for one, other in pairwise(found.transitions))


@bounded
@given(told_until)
def test_caps_and_rests_are_kept(given_: tuple[list[Told], datetime]) -> None:
    found = judged(*given_)
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
@given(told_until, st.integers(0, 400))
def test_it_does_not_matter_how_often_the_clock_is_looked_at(
    given_: tuple[list[Told], datetime], more: int
) -> None:
    """What has come by an instant is the same if the clock then goes on."""
    told, until = given_
    found, later = judged(told, until), judged(told, until + timedelta(days=more))
    transitions, triggers = len(found.transitions), len(found.triggers)

    assert later.transitions[:transitions] == found.transitions
    assert later.triggers[:triggers] == found.triggers
    assert all(each.at > until for each in later.transitions[transitions:])
    assert all(each.at > until for each in later.triggers[triggers:])


@bounded
@given(told_until)
def test_looking_at_the_clock_much_more_often_shows_nothing_else(
    given_: tuple[list[Told], datetime],
) -> None:
    """At every span that the policy names, and two more, after everything that was ever told."""
    told, until = given_
    found = judged(told, until)
    spans = [timedelta(hours=1), *[timedelta(days=n) for n in (3, 7, 14, 21, 30, 44, 60, 90)]]
    spans += [timedelta(days=n) for n in (1, 2, 5, 10, 180, 365, 379, 730)]
    times = {datetime.fromisoformat(each.message["timestamp"]) for each in told}
    looks = {instant_of(at + span) for at in times for span in spans}

    def often(*asked: Any) -> list[int]:
        after, until = asked[2:]
        return sorted({*of_facts(*asked), *(at for at in looks if after < at <= until)})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.oracle.life.of_facts", often)
        assert judged(told, until) == found
