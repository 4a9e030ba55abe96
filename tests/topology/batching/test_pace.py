"""Pace: when the next transaction may begin, and what a partition waits for until then."""

import asyncio

from tests.waits import LONGEST_WAIT_S
from topology.batching.pace import Pace

LONG_S = 3600.0


def pace(interval: float) -> tuple[Pace, asyncio.Event]:
    """A pace whose last transaction has just begun, and what says that there is work."""
    work = asyncio.Event()
    made = Pace(interval, work)
    made.begin()
    return made, work


async def test_records_gather_during_a_commit_and_for_the_interval() -> None:
    made, _ = pace(LONG_S)
    fast, _ = pace(0.0)
    commit = asyncio.create_task(asyncio.sleep(0))
    assert made.lets_gather(None)
    assert not fast.lets_gather(None)
    assert fast.lets_gather(commit)
    await commit


async def test_a_pause_that_ends_before_the_wait_begins_is_no_wait_for_ever() -> None:
    """A busy machine stops a process anywhere: records gathered, and nothing else would come."""
    made, _ = pace(0.0)
    async with asyncio.timeout(LONGEST_WAIT_S):
        assert await made.wait(None, gathers=True) is None


async def test_without_work_it_waits_until_there_is_some() -> None:
    made, work = pace(0.0)
    waiting = asyncio.create_task(made.wait(None, gathers=False))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not waiting.done()
    work.set()
    assert await waiting is None
    assert not work.is_set()
