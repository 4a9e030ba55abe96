"""Timers against a naive model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topology.batching.timers import PERIOD, Timers

KEYS = st.sampled_from([b"anna", b"bert", b"cora", b"dora", b"emil"])
INSTANTS = st.integers(-5, 30)
PUT = st.tuples(st.just("put"), KEYS, st.none() | INSTANTS)
POP = st.tuples(st.just("pop"), INSTANTS, st.integers(0, 4))


@given(
    loaded=st.dictionaries(KEYS, INSTANTS),
    steps=st.lists(PUT | POP, max_size=40),
    period=st.sampled_from([1, 4, PERIOD]),
)
def test_timers_do_what_a_dictionary_that_is_sorted_each_time_does(
    loaded: dict[bytes, int], steps: list[tuple[str, bytes | int, int | None]], period: int
) -> None:
    """The latest instant of each row counts. Due rows come out in order, up to the limit."""
    model: dict[bytes, int] = dict(loaded)
    timers = Timers(model.get, period)
    timers.load([(at, key) for key, at in loaded.items()])
    for word, what, number in steps:
        if isinstance(what, bytes):
            if number is None:
                model.pop(what, None)
            else:
                model[what] = number
            timers.put(what, number)
        else:
            assert number is not None
            due = sorted((at, key) for key, at in model.items() if at <= what)[:number]
            assert timers.pop_due(what, number) == [key for _, key in due], word
            for _, key in due:
                del model[key]
        assert len(timers) >= len(model)
        first = min(model.values(), default=None)
        assert first is None or (timers.first is not None and timers.first <= first)


def test_a_row_that_is_put_again_at_the_same_instant_is_due_once() -> None:
    """Also if it was not due in between."""
    anna: list[int | None] = [None]
    timers = Timers(lambda _: anna[0])
    for at in (7, 9, 7, None, 7):
        anna[0] = at
        timers.put(b"anna", at)
    assert timers.pop_due(100, 10) == [b"anna"]
    assert timers.pop_due(100, 10) == []


def test_a_row_may_be_due_again_at_once() -> None:
    """A row whose next instant has passed already is in the next result."""
    timers = Timers(lambda _: 5)
    timers.put(b"anna", 5)
    assert timers.pop_due(10, 10) == [b"anna"]
    timers.put(b"anna", 5)
    assert timers.pop_due(10, 10) == [b"anna"]


@pytest.mark.parametrize("period", [10, PERIOD])
@pytest.mark.parametrize("opened", [None, 0, 100_000])
def test_a_busy_row_does_not_fill_the_timers(period: int, opened: int | None) -> None:
    """A customer with a thousand events a day needs no more memory than another."""
    rows: dict[bytes, int] = {}
    timers = Timers(rows.get, period)
    if opened is not None:
        rows[b"cora"] = opened
        timers.put(b"cora", opened)
        assert timers.pop_due(opened, 10) == [b"cora"]
    for later, sooner in zip(range(20_000), range(40_000, 20_000, -1), strict=True):
        for key, at in ((b"anna", later), (b"bert", sooner)):
            rows[key] = at
            timers.put(key, at)
    assert len(timers) == 2
    assert len(timers._heap) + sum(len(each.keys) for each in timers._periods.values()) < 1_000
    assert timers.pop_due(200_000, 10) == [b"anna", b"bert"]
    assert timers.pop_due(200_000, 10) == []
    assert len(timers) == 0


def test_a_postponed_row_is_due_at_its_later_instant() -> None:
    """Its entry stays at the first instant, but the row is not due then."""
    rows = {b"anna": 5, b"bert": 7}
    timers = Timers(rows.get)
    timers.load([(5, b"anna"), (7, b"bert")])
    rows[b"anna"] = 9
    timers.put(b"anna", 9)

    assert timers.pop_due(8, 10) == [b"bert"]
    assert timers.pop_due(9, 10) == [b"anna"]
