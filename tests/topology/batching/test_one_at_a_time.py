"""Partitions compute their batches one at a time, and the event loop runs in between."""

import asyncio
from itertools import pairwise

from tests.topology.batching.counting import Counting
from tests.topology.batching.idle import Consumer
from topology.batching.batch import Batch
from topology.batching.config import BatchConfig
from topology.batching.dependencies import Dependencies
from topology.batching.handler import Changes
from topology.batching.handlers import OneHandler
from topology.batching.partition import Partition

CONFIG = BatchConfig("app", "nowhere:9", ("shop",), "changelog", 1)


def partitions(steps: list[str], *, number: int) -> list[Partition]:
    """Make partitions of one worker that always have work, and record when they do it."""
    consumer = Consumer()
    dependencies = Dependencies(consumer, consumer, lambda: 0.0, lambda: None)

    def made(place: int) -> Partition:
        partition = Partition(
            place, CONFIG, OneHandler(Counting("out")), dependencies, lambda *_: None
        )

        def next_batch() -> Batch:
            steps.append("work")
            return Batch(Changes(), {}, 0, removes_rows=False)

        partition._batches.next = next_batch  # type: ignore[method-assign]
        return partition

    return [made(place) for place in range(number)]


async def test_the_loop_runs_between_the_batches_of_two_partitions() -> None:
    """Else all batches together would block it."""
    steps: list[str] = []

    async def go_on() -> None:
        while steps.count("work") < 5:
            steps.append("loop")
            await asyncio.sleep(0)

    await asyncio.gather(go_on(), *(each._next() for each in partitions(steps, number=5)))

    assert steps.count("work") == 5
    assert ("work", "work") not in pairwise(steps)


async def test_a_stopping_partition_begins_no_batch() -> None:
    """It may have waited for the lock meanwhile."""
    steps: list[str] = []
    first, second = partitions(steps, number=2)
    both = asyncio.gather(first._next(), second._next())
    await asyncio.sleep(0)
    second._stopping = True

    assert (await both)[1] is None
    assert steps == ["work"]
