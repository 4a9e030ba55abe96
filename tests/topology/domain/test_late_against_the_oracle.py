"""Events that come late, against the SQL oracle: they take effect when they are heard of."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.topology.domain.histories import bounded
from tests.topology.domain.life import Life
from tests.topology.domain.messages import heard
from tests.topology.domain.test_against_the_oracle import (
    Told,
    as_message,
    assert_judged_alike,
    judged,
    told_of,
)
from topology.domain.instant import from_datetime


def as_they_came(told: list[Told]) -> list[Told]:
    """The same, with the instant at which each is heard of: the latest one so far."""
    latest = told[0].at
    came: list[Told] = []
    for turn, each in enumerate(told):
        latest = max(latest, each.at)
        came.append(replace(each, heard=latest, turn=turn))
    return came


@settings(bounded, max_examples=300)
@given(told_of("a").flatmap(st.permutations), st.integers(0, 500))
def test_any_history_in_any_order_of_arrival_is_judged_as_by_the_oracle(
    told: list[Told], quiet: int
) -> None:
    """Orders, refunds, complaints, bad reviews and resolutions, most of them late."""
    came = as_they_came(told)
    until = max(each.at for each in came) + timedelta(days=quiet)
    life = Life()
    for number, each in enumerate(came):
        life.hear(heard(as_message(each, number)))
    life.wait_until(from_datetime(until))

    assert_judged_alike({"a": life}, judged(came, until))
