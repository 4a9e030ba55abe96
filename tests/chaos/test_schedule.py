"""The schedule is a pure function of its seed, and asks for nothing impossible."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chaos.faults import Fault, Kind
from tests.chaos.schedule import (
    FEWEST,
    FIRST_OF_ALL,
    FIRST_WORKERS,
    LATEST_DELAY_S,
    MOST,
    OF_A_WORKER,
    ONE_FEWER,
    ONE_MORE,
    schedule,
)

seeds = st.integers(0, 10**6)
bounded = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def faults_of(seed: int, faults: int) -> list[Fault]:
    return [fault for each in schedule(seed, faults) for fault in each.faults]


@bounded
@given(seeds, st.integers(0, 200))
def test_the_same_seed_gives_the_same_faults(seed: int, faults: int) -> None:
    assert schedule(seed, faults) == schedule(seed, faults)
    assert [fault.number for fault in faults_of(seed, faults)] == list(range(1, faults + 1))


def test_another_seed_gives_others() -> None:
    assert len({tuple(faults_of(seed, 20)) for seed in range(20)}) == 20


@bounded
@given(seeds)
def test_every_kind_comes_up_soon_and_the_policy_is_changed_back(seed: int) -> None:
    kinds = Counter(fault.kind for fault in faults_of(seed, len(FIRST_OF_ALL) + 1))
    assert set(kinds) == set(Kind)
    assert kinds[Kind.POLICY_CHANGED] >= 2


@bounded
@given(seeds)
def test_only_workers_that_are_there_are_struck_and_some_stay(seed: int) -> None:
    there = set(FIRST_WORKERS)
    for fault in faults_of(seed, 200):
        assert (fault.worker is not None) == (fault.kind in ONE_MORE | OF_A_WORKER)
        assert 0 <= fault.delay_s <= LATEST_DELAY_S[fault.when]
        if fault.kind in ONE_MORE:
            assert fault.worker not in there
            there.add(str(fault.worker))
        elif fault.kind in OF_A_WORKER:
            assert fault.worker in there
        if fault.kind in ONE_FEWER:
            there.discard(str(fault.worker))
        assert FEWEST <= len(there) <= MOST


def test_the_long_form_has_a_good_number_of_each_kind() -> None:
    kinds = Counter(fault.kind for fault in faults_of(1, 200))
    assert min(kinds.values()) >= 4
