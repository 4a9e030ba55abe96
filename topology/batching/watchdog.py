"""Watchdog: ends a worker of which a partition has work and makes no progress.

While the brokers can't say where the sources end, no partition is judged: the worker waits.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from faust.types import TP
from mode import Service

from topology.batching.config import BatchConfig
from topology.batching.ends import Ends
from topology.batching.errors import StalledError
from topology.batching.ownership import Ownership
from topology.batching.partition import Partition
from topology.batching.stall import Sight, Stall, Stalls

_LOOK_EVERY: Final = 5.0
_LOOKS: Final = 4
"""At least so many looks before a partition is given up."""


class Watchdog(Service):
    """Looks at every partition of this worker; `on_stalled` is called with what ends it."""

    def __init__(
        self,
        config: BatchConfig,
        ownership: Ownership,
        ends: Ends,
        on_stalled: Callable[[StalledError], None],
    ) -> None:
        super().__init__()
        self._config = config
        self._ownership = ownership
        self._ends = ends
        self._on_stalled = on_stalled
        self._every = min(_LOOK_EVERY, config.stall_timeout / _LOOKS)
        self._stalls = Stalls(config.stall_timeout)
        self._looked_at: float | None = None

    @Service.task
    async def _look_every_few_seconds(self) -> None:
        while not self.should_stop:
            await self.sleep(self._every)
            stalled = await self._look()
            if stalled is not None:
                self._on_stalled(stalled)
                return

    async def on_stop(self) -> None:
        """Let go of the connection."""
        await self._ends.close()

    async def _look(self) -> StalledError | None:
        tps = [TP(topic, one) for one in self._ownership.wanted for topic in self._config.topics]
        ends = await self._ends.read(tps) if tps else {}
        if ends is None:
            self._looked_at = None
            return None
        there = {one.number: one for one in self._ownership}
        sights = {one: _sight(there.get(one), ends) for one in self._ownership.wanted}
        stall = self._stalls.look(sights, self._elapsed())
        if stall is None:
            return None
        return StalledError(_said(stall, there.get(stall.partition), ends))

    def _elapsed(self) -> float:
        """Seconds since the last look. While the whole process sleeps, no partition is stuck."""
        now, before = asyncio.get_running_loop().time(), self._looked_at
        self._looked_at = now
        return 0.0 if before is None else min(now - before, 2 * self._every)


def _sight(partition: Partition | None, ends: Mapping[TP, int]) -> Sight:
    if partition is None:
        return Sight(is_ready=False)
    if not partition.is_ready:
        return Sight(is_ready=False, attempt=partition.attempt, restored=partition.restoring.at)
    settled = sum(partition.settled.values())
    partition.lag = sum(left for _, _, left in _places(partition, ends))
    return Sight(is_ready=True, settled=settled, lag=partition.lag)


def _places(partition: Partition, ends: Mapping[TP, int]) -> Iterator[tuple[TP, int, int]]:
    """Each topic partition, the position up to which it is committed, and what is left."""
    for tp, position in partition.settled.items():
        yield tp, position, max(0, ends.get(tp, position) - position)


def _said(stall: Stall, partition: Partition | None, ends: Mapping[TP, int]) -> str:
    text = f"partition {stall.partition} has made no progress for {stall.seconds:.0f} s: "
    if partition is None:
        return text + "the group does not assign it again"
    if not partition.is_ready:
        restoring = partition.restoring
        if restoring.end is None:
            return text + "the brokers do not let it begin"
        return text + f"its restore is at {restoring.at} of {restoring.end}"
    left = [
        f"{tp.topic} is at {position} of {ends[tp]}"
        for tp, position, lag in _places(partition, ends)
        if lag
    ]
    return text + ", ".join(left)
