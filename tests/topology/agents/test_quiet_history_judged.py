"""Arriving histories next to the oracle's verdict: who went where, what counts, what was sent."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import Outcome, Policy, Told, judge
from tests.oracle.policy import DEFAULT
from tests.topology.agents.arriving import TODAY, Arriving, at_of
from tests.topology.agents.test_quiet_history_any import moved
from tests.topology.domain.histories import bounded, histories
from tests.topology.domain.messages import Json
from topology.domain.facts.instant import to_datetime

LIVE = Policy(DEFAULT.said, sends_everything=False)
"""As a worker on the machine's clock reads it."""

arrivals = st.lists(
    st.tuples(
        st.integers(1, 5),
        st.sampled_from([0.0, 0.5, 4.0, 899.0, 900.0, 5_000.0, 90_000.0]),
        st.sampled_from([False, False, False, True]),
    ),
    min_size=1,
    max_size=10,
)
"""How many messages come, in how many seconds the clock goes on, and whether they are quiet."""

ORDERS = st.sampled_from(["in order", "in order", "late ones last", "reversed"])


@bounded
@given(histories(), arrivals, ORDERS, st.integers(-30, 400))
def test_whatever_comes_whenever_is_judged_alike(
    told: list[Json], steps: list[tuple[int, float, bool]], order: str, before: int
) -> None:
    """Also when the last of it is of today, and when all had settled in between."""
    told = [each for each in moved(told, before) if at_of(each) <= TODAY]
    if not told:
        return
    arriving, judged = Arriving(), list[Told]()
    rest = arranged(told, order)
    for size, seconds, quiet in [*steps, (len(rest), 1.0, False)]:
        batch, rest = rest[:size], rest[size:]
        clock = to_datetime(arriving.clock) if arriving.clock else None
        judged += [Told(each, clock, to_datetime(arriving.now), quiet) for each in batch]
        arriving.take(batch, quiet=quiet)
        if seconds:
            arriving.wait(timedelta(seconds=seconds))
    arriving.settle()
    outcome = judge(judged, until=to_datetime(arriving.now), policy=LIVE).customers["c"]

    assert_judged_alike(arriving, outcome)


def arranged(told: list[Json], order: str) -> list[Json]:
    if order == "reversed":
        return told[::-1]
    return told if order == "in order" else [*told[1::2], *told[::2]]


def assert_judged_alike(arriving: Arriving, outcome: Outcome) -> None:
    """In the order in which it happened, so the first difference is the cause."""
    ways = [
        (each["sequence"], each["dimension"], each["from"], each["to"], at_(each), each["cause"])
        for each in arriving.transitions()
    ]
    assert ways == [
        (each.sequence, each.dimension, each.before, each.after, each.at, each.cause)
        for each in outcome.transitions
    ]
    sent = [(each["rule"], each["attempt"], at_(each)) for each in arriving.triggers()]
    assert sent == [(each.rule, each.attempt, each.at) for each in outcome.triggers if each.sent]
    row = arriving.row()
    times = {each.rule: each.times for each in row.memory.fired}
    assert times == {each.rule: each.attempt for each in outcome.triggers}
    standing = {name: getattr(row, name) for name in outcome.standing}
    assert standing == outcome.standing
    assert {each.rule for each in row.memory.waiting} == set(outcome.waiting)


def at_(said: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(said["effective_at"])
