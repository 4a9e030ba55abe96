"""Watchdog: ends the worker if one of its partitions has work and makes no progress.

While the brokers do not answer, the time does not count.
"""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final

from faust.types import TP
from mode import Service

from topology.batching.config import BatchConfig
from topology.batching.errors import StalledError
from topology.batching.offset_client import OffsetClient
from topology.batching.ownership import Failures, Ownership
from topology.batching.partition import Partition
from topology.batching.stall import Observation, Stalls

_CHECK_EVERY: Final = 5.0
_CHECKS: Final = 4
"""A partition counts as stalled after at least this number of observations."""


class Watchdog(Service):
    """Checks every partition of this worker, and calls `on_stalled` for the first stalled one.

    `time` is a monotonic clock, in seconds. `hold_ups` returns for how many seconds each partition
    has held up the clock.
    """

    def __init__(
        self,
        config: BatchConfig,
        ownership: Ownership,
        offsets: OffsetClient,
        on_stalled: Callable[[StalledError], None],
        time: Callable[[], float] = monotonic,
        hold_ups: Callable[[], Mapping[int, float]] = dict,
    ) -> None:
        super().__init__()
        self._config = config
        self._ownership = ownership
        self._offsets = offsets
        self._on_stalled = on_stalled
        self._time = time
        self._hold_ups = hold_ups
        self._every = min(_CHECK_EVERY, config.stall_timeout / _CHECKS)
        self._stalls = Stalls(config.stall_timeout)
        self._checked_at: float | None = None

    @Service.task
    async def _check_periodically(self) -> None:
        while not self.should_stop:
            await self.sleep(self._every)
            stalled = await self._check()
            if stalled is not None:
                self._on_stalled(stalled)
                return

    async def on_stop(self) -> None:
        """Close the connection."""
        await self._offsets.close()

    async def _check(self) -> StalledError | None:
        tps = [TP(topic, one) for one in self._ownership.assigned for topic in self._config.topics]
        ends = await self._offsets.end_offsets(tps) if tps else {}
        if ends is None:
            self._checked_at = None
            return None
        partitions = {one.number: one for one in self._ownership}
        for partition in partitions.values():
            if partition.is_ready:
                partition.lag = sum(_lags(partition.committed_positions, ends).values())
        observations = {one: _observe(partitions.get(one)) for one in self._ownership.assigned}
        stall = self._stalls.observe(observations, self._elapsed())
        if stall is None:
            return None
        number = stall.partition
        what = _describe(partitions.get(number), self._ownership.failures.get(number), ends)
        held = self._hold_ups().get(number)
        if held is not None:
            what += f"; it has held up the clock of all partitions for {held:.0f} s"
        msg = f"partition {number} has made no progress for {stall.seconds:.0f} s: {what}"
        return StalledError(msg)

    def _elapsed(self) -> float:
        """Seconds since the last check, limited: a frozen process is no stall."""
        now, before = self._time(), self._checked_at
        self._checked_at = now
        return 0.0 if before is None else min(now - before, 2 * self._every)


def _observe(partition: Partition | None) -> Observation:
    if partition is None:
        return Observation(is_ready=False)
    if not partition.is_ready:
        return Observation(
            is_ready=False, attempt=partition.attempt, restored=partition.restore_progress.at
        )
    committed = sum(partition.committed_positions.values())
    return Observation(is_ready=True, committed=committed, lag=partition.lag or 0)


def _lags(positions: Mapping[TP, int], ends: Mapping[TP, int]) -> Mapping[TP, int]:
    """The lag of each topic partition that has one."""
    return {tp: ends[tp] - at for tp, at in positions.items() if ends.get(tp, at) > at}


def _describe(
    partition: Partition | None, failures: Failures | None, ends: Mapping[TP, int]
) -> str:
    """Describe a partition's positions, and why it makes no progress."""
    details = []
    positions = failures.positions if failures else {}
    if partition is None:
        details.append("it waits for the group to assign it again")
    elif partition.is_ready:
        positions = partition.committed_positions
    elif partition.restore_progress.end is None:
        details.append("it waits for the broker to fence its predecessor")
    else:
        details.append(
            f"its restore is at {partition.restore_progress.at} of {partition.restore_progress.end}"
        )
    left = _lags(positions, ends)
    places = [f"{tp.topic} is at {ends[tp] - lag} of {ends[tp]}" for tp, lag in left.items()]
    if failures is not None:
        details.append(f"failures in a row: {failures.number}, the last: {failures.reason}")
    return "; ".join([*places, *details])
