"""What the cores did, from /proc: only Linux has it."""

import os
import sys
import time

import pytest

from benchmarks.environment.machine import CpuTimes, cpu_times, cpu_use, is_alive, memory_mb

linux = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")


@linux
def test_a_process_that_works_is_seen_to_work() -> None:
    me = os.getpid()
    before = cpu_times({"me": me}, me)
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    use = cpu_use(before, cpu_times({"me": me}, me))
    assert 0.08 <= use.measured <= 5
    assert 0 <= use.other_share <= 1


@linux
def test_memory_at_most_is_no_less_than_memory_now() -> None:
    memory = memory_mb(os.getpid())
    assert 5 < memory["now"] <= memory["at_most"]


@linux
def test_this_process_is_alive() -> None:
    assert is_alive(os.getpid())


def test_what_is_not_ours_is_other_load() -> None:
    cores = os.cpu_count() or 1
    before = CpuTimes(at=0, roles={}, broker=0, bench=0, busy=0, stolen=0)
    after = CpuTimes(
        at=10, roles={"worker": 3, "api": 1}, broker=2, bench=1, busy=7 + 5 * cores, stolen=cores
    )
    use = cpu_use(before, after)
    assert use.measured == 4
    assert use.cores() == {"worker": 0.3, "api": 0.1, "broker": 0.2}
    assert use.other_share == 0.5
    assert use.stolen_share == 0.1
