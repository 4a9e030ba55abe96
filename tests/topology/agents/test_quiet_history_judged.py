"""Arriving histories next to the oracle's verdict: who went where, what counts, what was sent."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import Outcome, Policy, Told
from tests.oracle.life import Life
from tests.oracle.policy import DEFAULT
from tests.topology.agents.arriving import SETTLING, TODAY, Arriving, at_of
from tests.topology.agents.test_quiet_history_any import moved
from tests.topology.domain.histories import bounded, histories
from tests.topology.domain.messages import Json
from topology.domain.history.instant import to_datetime

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
    if not told or of_two_channels(told):
        return
    arriving, life = Arriving(), Life("c", LIVE)
    rest = arranged(told, order)
    for size, seconds, quiet in [*steps, (len(rest), 1.0, False)]:
        batch, rest = rest[:size], rest[size:]
        arriving.take(batch, quiet=quiet)
        clock = to_datetime(arriving.clock) if arriving.clock else None
        for each in batch:
            life.hear(Told(each, clock, to_datetime(arriving.now), quiet))
        if seconds:
            wait(arriving, life, timedelta(seconds=seconds))
    wait(arriving, life, SETTLING)

    assert_judged_alike(arriving, life.outcome())


def wait(arriving: Arriving, life: Life, duration: timedelta) -> None:
    arriving.wait(duration)
    if life.present is not None:
        life.wait_until(arriving.clock)


def of_two_channels(told: list[Json]) -> bool:
    """True if an order is told of twice, over different channels: the oracle knows only one."""
    channels: dict[str, set[str]] = {}
    for each in told:
        if each.get("event") == "Order Completed":
            where = each.get("context", {}).get("channel", "web")
            channels.setdefault(each["properties"]["order_id"], set()).add(where)
    return any(len(found) > 1 for found in channels.values())


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
    assert {each.rule for each in row.memory.holds} == set(outcome.waiting)


def at_(said: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(said["effective_at"])
