"""Arriving histories next to the oracle's verdict: who went where, what counts, what was sent."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import Outcome, Policy, ReceivedMessage
from tests.oracle.life import Life
from tests.oracle.policy import DEFAULT
from tests.topology.agents.arriving import SETTLING, TODAY, Arriving, at_of
from tests.topology.agents.test_quiet_history_any import shifted
from tests.topology.domain.histories import bounded, histories
from tests.topology.domain.messages import Json
from topology.domain.history.instant import to_datetime

LIVE = Policy(DEFAULT.document, sends_everything=False)
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
def test_whatever_comes_whenever_is_decided_alike(
    messages: list[Json], steps: list[tuple[int, float, bool]], order: str, before: int
) -> None:
    """Also when the last of it is of today, and when all had settled in between."""
    messages = [each for each in shifted(messages, before) if at_of(each) <= TODAY]
    if not messages or of_two_channels(messages):
        return
    arriving, life = Arriving(), Life("c", LIVE)
    rest = arranged(messages, order)
    for size, seconds, quiet in [*steps, (len(rest), 1.0, False)]:
        batch, rest = rest[:size], rest[size:]
        arriving.take(batch, quiet=quiet)
        clock = to_datetime(arriving.clock) if arriving.clock else None
        for each in batch:
            life.process(ReceivedMessage(each, clock, to_datetime(arriving.now), quiet))
        if seconds:
            wait(arriving, life, timedelta(seconds=seconds))
    wait(arriving, life, SETTLING)

    assert_same_as_oracle(arriving, life.outcome())


def wait(arriving: Arriving, life: Life, duration: timedelta) -> None:
    arriving.wait(duration)
    if life.present is not None:
        life.wait_until(arriving.clock)


def of_two_channels(messages: list[Json]) -> bool:
    """True if an order comes twice, over different channels: the oracle knows only one."""
    channels: dict[str, set[str]] = {}
    for each in messages:
        if each.get("event") == "Order Completed":
            where = each.get("context", {}).get("channel", "web")
            channels.setdefault(each["properties"]["order_id"], set()).add(where)
    return any(len(found) > 1 for found in channels.values())


def arranged(messages: list[Json], order: str) -> list[Json]:
    if order == "reversed":
        return messages[::-1]
    return messages if order == "in order" else [*messages[1::2], *messages[::2]]


def assert_same_as_oracle(arriving: Arriving, outcome: Outcome) -> None:
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
    held = [(each["rule"], each["attempt"], at_(each), each["reason"]) for each in arriving.held()]
    assert held == [
        (each.rule, each.attempt, each.at, each.unsent_because)
        for each in outcome.triggers
        if not each.sent
    ]
    row = arriving.row()
    times = {each.rule: each.times for each in row.memory.fired}
    assert times == {each.rule: each.attempt for each in outcome.triggers}
    dimensions = {name: getattr(row, name) for name in outcome.dimensions}
    assert dimensions == outcome.dimensions
    assert {each.rule for each in row.memory.holds} == set(outcome.held)


def at_(record: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(record["effective_at"])
