"""The rounds: when an instant takes effect, no earlier record is outstanding."""

import random
from dataclasses import fields
from typing import Final

import pytest
from faust.types import TP
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.topology.batching.simulation import Flaws, Simulation, run_randomly
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


def run_steps(steps: Steps) -> None:
    """Take these steps in the simulation, then finish it."""
    simulation = Simulation(PARTITIONS, Flaws())
    for kind, value in steps:
        match kind, value:
            case "send", tuple():
                simulation.send(value)
            case "work", int():
                simulation.work(value, 1)
            case "batch", int():
                simulation.work(value, 10)
            case "mark", int():
                simulation.write_marker(value)
            case "kill", int():
                simulation.kill(value)
            case "tick", int():
                for _ in range(value):
                    simulation.tick()
    simulation.finish()


@settings(max_examples=300)
@given(STEPS)
def test_no_instant_overtakes_an_earlier_record(steps: Steps) -> None:
    """With any batches, any order of commits, markers and reads, and long chains of hops.

    Once all records are processed, an instant takes effect.
    """
    run_steps(steps)


@settings(max_examples=1_000)
@given(st.integers(0, 2**32), st.tuples(*[st.integers(1, 8)] * (PARTITIONS + 4)))
def test_no_instant_overtakes_a_record_in_random_schedules(
    seed: int, speeds: tuple[int, ...]
) -> None:
    """Partitions are fast and slow, while records arrive and workers are killed."""
    simulation = Simulation(PARTITIONS, Flaws())
    run_randomly(simulation, seed, speeds)
    simulation.finish()


@pytest.mark.parametrize("flaw", [each.name for each in fields(Flaws)])
def test_each_part_of_the_rounds_is_needed(flaw: str) -> None:
    """Without it the clock overtakes a record in some schedule; with it, not in the same one."""
    chance = random.Random(1)
    for seed in range(4_000):
        speeds = tuple(chance.randint(1, 8) for _ in range(PARTITIONS + 4))
        try:
            run_randomly(Simulation(PARTITIONS, Flaws(**{flaw: True})), seed, speeds)
        except AssertionError:
            run_randomly(Simulation(PARTITIONS, Flaws()), seed, speeds)
            return
    pytest.fail(f"{flaw} makes no difference")


SHOP: Final = [TP("shop", number) for number in range(2)]


def progress(*positions: int, handed_on: tuple[int, ...] = ()) -> dict[int, PartitionProgress]:
    """Make the progress of the partitions. `handed_on` are the counts of the first."""
    counts = (handed_on, ())
    return {n: PartitionProgress({SHOP[n]: at}, counts[n]) for n, at in enumerate(positions)}


def begun(*ends: int, handed_on: tuple[int, ...] = ()) -> Rounds:
    """Start the first round with these ends."""
    rounds = Rounds()
    assert rounds.observe(progress(0, 0, handed_on=handed_on)) is Step.READ_ENDS
    rounds.start_round(dict(zip(SHOP, ends, strict=True)))
    return rounds


def test_behind_has_the_positions_and_ends_of_partitions() -> None:
    """A partition without a commit is at its beginning."""
    rounds = begun(5, 0)
    assert rounds.observe({}) is Step.WAIT
    assert rounds.behind == {SHOP[0]: Gap(0, 5)}
    assert rounds.observe(progress(4, 0)) is Step.WAIT
    assert rounds.behind == {SHOP[0]: Gap(4, 5)}
    assert rounds.observe(progress(5, 0)) is Step.DONE
    assert rounds.behind == {}


def test_the_clock_does_not_wait_for_deleted_records() -> None:
    """It does wait for the records after them."""
    rounds = begun(5, 7)
    rounds.set_beginnings({SHOP[0]: 5})
    rounds.set_beginnings({SHOP[1]: 6})
    assert rounds.observe(progress(2, 3)) is Step.WAIT
    assert rounds.behind == {SHOP[1]: Gap(6, 7)}


def test_steady_traffic_of_one_hop_takes_two_rounds() -> None:
    """So the clock advances although workers hand on records all the time."""
    rounds = begun(5, 5, handed_on=(3,))
    assert rounds.observe(progress(5, 5, handed_on=(4,))) is Step.READ_ENDS
    rounds.start_round(dict.fromkeys(SHOP, 9))
    assert rounds.observe(progress(9, 9, handed_on=(8,))) is Step.DONE
    assert rounds.number == 2


def test_the_clock_waits_for_records_with_the_maximum_number_of_hops() -> None:
    """As long as workers hand on such records."""
    counts = [0] * (MAX_HOPS - 1)
    rounds = begun(0, 0)
    for more in range(MAX_HOPS + 5):
        assert rounds.observe(progress(0, 0, handed_on=(*counts, more + 1))) is Step.READ_ENDS
        rounds.start_round(dict.fromkeys(SHOP, 0))
    assert rounds.observe(progress(0, 0, handed_on=(*counts, MAX_HOPS + 5))) is Step.DONE
