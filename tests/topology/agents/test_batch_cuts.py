"""How a history is cut into batches changes nothing: neither rows nor what comes out."""

import itertools
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from tests.topology.agents.records import Shelf, records
from tests.topology.domain.histories import bounded, gaps, histories, retried
from tests.topology.domain.messages import DAY_0, Json
from topology.batching.handler import Output

Batch = Sequence[ConsumerRecord[bytes, bytes]]


@st.composite
def crowds(draw: st.DrawFn) -> list[Json | bytes]:
    """What a few customers did, in any order, with retries and a bad record here and there."""
    told = [m for name in ("a", "b", "c") for m in draw(histories(name, max_size=5))]
    sent: list[Json | bytes] = [*draw(retried(list(draw(st.permutations(told)))))]
    if draw(st.booleans()):
        sent.insert(draw(st.integers(0, len(sent))), b"not json")
    return sent


def cut(whole: Batch, places: list[int]) -> list[Batch]:
    """Cut into batches, some of them empty."""
    stops = [0, *sorted(place % (len(whole) + 1) for place in places), len(whole)]
    return [whole[start:end] for start, end in itertools.pairwise(stops)]


def said(outputs: list[Output]) -> list[tuple[str, bytes | None, Any, Any]]:
    """Everything about outputs, but when they were noticed."""
    return [
        (each.topic, each.key, _without_notice(each.value), list(each.headers)) for each in outputs
    ]


def _without_notice(value: bytes | None) -> Any:
    try:
        found = json.loads(value or b"")
    except ValueError:
        return value
    for each in (found, found.get("transition") or {}):
        each.pop("observed_at", None)
        each.pop("created_at", None)
    return found


clocks = st.lists(gaps, max_size=3).map(
    lambda steps: [sum(steps[: n + 1], start=DAY_0 - DAY_0) + DAY_0 for n in range(len(steps))]
)
"""Instants, each at or after the one before."""


@bounded
@given(
    crowds(),
    st.lists(st.integers(0, 50), max_size=5),
    st.lists(st.integers(0, 50), max_size=5),
    clocks,
)
def test_how_a_history_is_cut_into_batches_changes_nothing(
    sent: list[Json | bytes], places: list[int], ticks: list[int], clock: list[datetime]
) -> None:
    """The clock's instants come between the same records in both runs."""
    parts = cut(records(sent), ticks[: len(clock)])
    one, other = Shelf(), Shelf()
    now: datetime | None = None
    for part, then in zip(parts, [*clock, *[None] * len(parts)], strict=False):
        one.take(part, now)
        for batch in cut(part, places):
            other.take(batch, now)
        if then is not None:
            one.tick(then, now)
            other.tick(then, now)
            now = then

    assert said(other.outputs) == said(one.outputs)
    assert other.rows == one.rows
    assert other.wakes == one.wakes
