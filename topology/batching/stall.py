"""Stall: a partition that has work and makes no progress. Pure; `watchdog` does the looking."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

ATTEMPTS: Final = 3
"""A partition that is restored more often than this without a commit in between is stuck."""


class Sight(NamedTuple):
    """How a partition stands at one look.

    If it is ready, `settled` is the sum of the positions up to which everything is committed, and
    `lag` how many offsets are left before the sources' ends. If not, `restored` is how far its
    restore has come, and `attempt` tells one restore from another; None is that there is none.
    """

    is_ready: bool
    settled: int = 0
    lag: int = 0
    attempt: int | None = None
    restored: int = 0


class Stall(NamedTuple):
    """The partition that makes no progress, and for how many seconds."""

    partition: int
    seconds: float


@dataclass(slots=True)
class _Memory:
    """What is remembered of one partition."""

    settled: int = -1
    attempts: int = 0
    attempt: int | None = None
    restored: int = -1
    stuck: float = 0.0

    def sees_progress(self, sight: Sight) -> bool:
        if sight.is_ready:
            return self._settles(sight)
        return self._restores(sight)

    def _settles(self, sight: Sight) -> bool:
        if sight.lag > 0 and sight.settled <= self.settled:
            return False
        self.settled = max(self.settled, sight.settled)
        self.attempts = 0
        return True

    def _restores(self, sight: Sight) -> bool:
        if sight.attempt is None:
            return False
        if sight.attempt != self.attempt:
            self.attempt, self.attempts, self.restored = sight.attempt, self.attempts + 1, -1
        if sight.restored <= self.restored or self.attempts > ATTEMPTS:
            return False
        self.restored = sight.restored
        return True


class Stalls:
    """Finds the partition that has had work, and made no progress, for `timeout` seconds."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._memory: dict[int, _Memory] = {}

    def look(self, sights: Mapping[int, Sight], elapsed: float) -> Stall | None:
        """Take in how all partitions of ours stand, `elapsed` seconds after the last look."""
        self._forget(self._memory.keys() - sights.keys())
        for number, sight in sights.items():
            memory = self._memory.setdefault(number, _Memory())
            memory.stuck = 0.0 if memory.sees_progress(sight) else memory.stuck + elapsed
            if memory.stuck >= self._timeout:
                return Stall(number, memory.stuck)
        return None

    def _forget(self, numbers: Iterable[int]) -> None:
        for number in tuple(numbers):
            del self._memory[number]
