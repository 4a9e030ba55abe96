"""How a history is cut into batches changes nothing: neither rows nor what comes out."""

import itertools
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.topology.agents.records import Shelf, batch_time, records
from tests.topology.domain.histories import bounded, gaps, histories, retried
from tests.topology.domain.messages import DAY_0, Json, day, orders
from topology.batching.handler import BatchTime, Output
from topology.domain.history.instant import from_datetime

Batch = Sequence[ConsumerRecord[bytes, bytes]]


@st.composite
def crowds(draw: st.DrawFn) -> list[Json | bytes]:
    """What a few customers did, in any order, with retries and a bad record here and there."""
    messages = [m for name in ("a", "b", "c") for m in draw(histories(name, max_size=5))]
    sent: list[Json | bytes] = [*draw(retried(list(draw(st.permutations(messages)))))]
    if draw(st.booleans()):
        sent.insert(draw(st.integers(0, len(sent))), b"not json")
    return sent


def cut(whole: Batch, places: list[int]) -> list[Batch]:
    """Cut into batches, some of them empty."""
    stops = [0, *sorted(place % (len(whole) + 1) for place in places), len(whole)]
    return [whole[start:end] for start, end in itertools.pairwise(stops)]


def contents(outputs: list[Output]) -> list[tuple[str, bytes | None, Any, Any]]:
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

    assert contents(other.outputs) == contents(one.outputs)
    assert other.rows == one.rows
    assert other.wakes == one.wakes


class Watch:
    """A clock by which every look takes a second, and that ends some batches at these looks."""

    def __init__(self, stops: Iterator[int]) -> None:
        self._stops = stops
        self._now = 0

    def read(self) -> float:
        self._now += 1
        return self._now

    def batch_time(self, clock: datetime | None) -> BatchTime:
        """The time of the next batch."""
        return replace(
            batch_time(clock), monotonic=self.read, deadline=self._now + next(self._stops, 99)
        )


@bounded
@given(crowds(), st.lists(st.integers(0, 9), max_size=40), clocks)
def test_a_batch_that_is_cut_for_time_changes_nothing_either(
    sent: list[Json | bytes], stops: list[int], clock: list[datetime]
) -> None:
    """The rest is taken by another batch; and each takes one record, or one due row, at least."""
    parts = cut(records(sent), [7] * len(clock))
    one, other, watch = Shelf(), Shelf(), Watch(iter(stops))
    now: datetime | None = None
    for part, then in zip(parts, [*clock, *[None] * len(parts)], strict=False):
        one.take(part, now)
        rest = part
        while rest:
            changes = other.keep(
                other.journey.on_records(0, other.rows, rest, watch.batch_time(now))
            )
            assert changes.processed is None or 0 < changes.processed < len(rest)
            rest = [] if changes.processed is None else rest[changes.processed :]
        if then is not None:
            one.tick(then, now)
            due, end = other.due(then), from_datetime(then)
            while due:
                its_time = watch.batch_time(now)
                changes = other.keep(other.journey.on_due(other.rows, due, end, its_time))
                assert changes.processed is None or 0 < changes.processed < len(due)
                due = [] if changes.processed is None else due[changes.processed :]
            now = then

    assert contents(other.outputs) == contents(one.outputs)
    assert other.rows == one.rows
    assert other.wakes == one.wakes


@pytest.mark.parametrize(("ends", "taken"), [(0, 1), (1, 1), (2, 2), (4, 4), (5, None), (9, None)])
def test_a_batch_stops_after_the_record_that_takes_too_long(ends: int, taken: int | None) -> None:
    """And not 63 records later: each of these takes a second."""
    shelf, ticks = Shelf(), iter(range(100))
    changes = shelf.journey.on_records(
        0,
        {},
        records(orders(*[day(0)] * 5)),
        replace(batch_time(), monotonic=lambda: next(ticks), deadline=ends),
    )

    assert changes.processed == taken
    shelf.keep(changes)
    assert shelf.row().history.events == (taken or 5)
