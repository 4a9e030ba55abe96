"""The rounds: when an instant takes effect, nothing that stood before it is outstanding."""

import random
from dataclasses import fields
from typing import Final

import pytest
from faust.types import TP
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.topology.batching.sea import Flaws, Sea, storm
from topology.batching.hops import MAX_HOPS
from topology.batching.rounds import Gap, PartitionProgress, Rounds, Step

PARTITIONS: Final = 4
_ANY: Final = st.integers(0, PARTITIONS - 1)

STEPS: Final = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.lists(_ANY, min_size=1, max_size=4).map(tuple)),
        st.tuples(st.just("work"), _ANY),
        st.tuples(st.just("batch"), _ANY),
        st.tuples(st.just("mark"), _ANY),
        st.tuples(st.just("tick"), st.integers(1, 12)),
        st.tuples(st.just("kill"), _ANY),
    ),
    max_size=60,
)
Steps = list[tuple[str, object]]


def sail(steps: Steps) -> None:
    """Take these steps, and come to the end."""
    sea = Sea(PARTITIONS, Flaws())
    for kind, value in steps:
        match kind, value:
            case "send", tuple():
                sea.send(value)
            case "work", int():
                sea.work(value, 1)
            case "batch", int():
                sea.work(value, 10)
            case "mark", int():
                sea.write_marker(value)
            case "kill", int():
                sea.kill(value)
            case "tick", int():
                for _ in range(value):
                    sea.tick()
    sea.finish()


@settings(max_examples=300)
@given(STEPS)
def test_no_instant_overtakes_what_stood_before_it(steps: Steps) -> None:
    """However the work is cut, commits, markers and looks come, and chains are long.

    And once all is processed the clock goes on.
    """
    sail(steps)


@settings(max_examples=1_000)
@given(st.integers(0, 2**32), st.tuples(*[st.integers(1, 8)] * (PARTITIONS + 4)))
def test_no_instant_overtakes_anything_in_a_storm(seed: int, speeds: tuple[int, ...]) -> None:
    """Partitions that are fast and slow, while records keep coming and workers die."""
    sea = Sea(PARTITIONS, Flaws())
    storm(sea, seed, speeds)
    sea.finish()


@pytest.mark.parametrize("flaw", [each.name for each in fields(Flaws)])
def test_each_part_of_the_rounds_is_needed(flaw: str) -> None:
    """Without it, the clock overtakes a record in some storm; with it, not in the same one."""
    chance = random.Random(1)
    for seed in range(4_000):
        speeds = tuple(chance.randint(1, 8) for _ in range(PARTITIONS + 4))
        try:
            storm(Sea(PARTITIONS, Flaws(**{flaw: True})), seed, speeds)
        except AssertionError:
            storm(Sea(PARTITIONS, Flaws()), seed, speeds)
            return
    pytest.fail(f"{flaw} makes no difference")


SHOP: Final = [TP("shop", number) for number in range(2)]


def progress(*positions: int, handed_on: tuple[int, ...] = ()) -> dict[int, PartitionProgress]:
    """How partitions stand; the first has handed on so much."""
    counts = (handed_on, ())
    return {n: PartitionProgress({SHOP[n]: at}, counts[n]) for n, at in enumerate(positions)}


def begun(*ends: int, handed_on: tuple[int, ...] = ()) -> Rounds:
    """The first round, which waits for these ends."""
    rounds = Rounds()
    assert rounds.observe(progress(0, 0, handed_on=handed_on)) is Step.READ_ENDS
    rounds.start_round(dict(zip(SHOP, ends, strict=True)))
    return rounds


def test_the_log_says_who_is_behind_and_where() -> None:
    """A partition that has never committed anything is at its beginning."""
    rounds = begun(5, 0)
    assert rounds.observe({}) is Step.WAIT
    assert rounds.behind == {SHOP[0]: Gap(0, 5)}
    assert rounds.observe(progress(4, 0)) is Step.WAIT
    assert rounds.behind == {SHOP[0]: Gap(4, 5)}
    assert rounds.observe(progress(5, 0)) is Step.DONE
    assert rounds.behind == {}


def test_what_was_deleted_is_not_waited_for() -> None:
    """But what comes after it is."""
    rounds = begun(5, 7)
    rounds.set_beginnings({SHOP[0]: 5})
    rounds.set_beginnings({SHOP[1]: 6})
    assert rounds.observe(progress(2, 3)) is Step.WAIT
    assert rounds.behind == {SHOP[1]: Gap(6, 7)}


def test_steady_traffic_of_one_hop_takes_two_rounds() -> None:
    """So that the clock goes on though records are handed on all the time."""
    rounds = begun(5, 5, handed_on=(3,))
    assert rounds.observe(progress(5, 5, handed_on=(4,))) is Step.READ_ENDS
    rounds.start_round(dict.fromkeys(SHOP, 9))
    assert rounds.observe(progress(9, 9, handed_on=(8,))) is Step.DONE
    assert rounds.number == 2


def test_what_comes_by_more_hops_than_are_counted_apart_is_waited_for() -> None:
    """As long as anybody hands on something of the kind."""
    counts = [0] * (MAX_HOPS - 1)
    rounds = begun(0, 0)
    for more in range(MAX_HOPS + 5):
        assert rounds.observe(progress(0, 0, handed_on=(*counts, more + 1))) is Step.READ_ENDS
        rounds.start_round(dict.fromkeys(SHOP, 0))
    assert rounds.observe(progress(0, 0, handed_on=(*counts, MAX_HOPS + 5))) is Step.DONE
