"""Stall: detects a partition that has work and makes no progress. Pure; `watchdog` observes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

ATTEMPTS: Final = 3
"""A partition is stalled if it is restored more often than this without a commit."""


class Observation(NamedTuple):
    """The state of a partition at one observation.

    If it is ready, `committed` is the sum of its committed positions, and `lag` the number of
    offsets to the sources' ends. If not, `restored` is the offset that its restore has reached, and
    `attempt` identifies the restore (None: there is none).
    """

    is_ready: bool
    committed: int = 0
    lag: int = 0
    attempt: int | None = None
    restored: int = 0


class Stall(NamedTuple):
    """The stalled partition, and for how many seconds it has made no progress."""

    partition: int
    seconds: float


@dataclass(slots=True)
class _Progress:
    """The progress of one partition over its observations."""

    committed: int = -1
    attempts: int = 0
    attempt: int | None = None
    restored: int = -1
    stuck_s: float = 0.0

    def update(self, observation: Observation) -> bool:
        if observation.is_ready:
            return self._has_committed(observation)
        return self._has_restored(observation)

    def _has_committed(self, observation: Observation) -> bool:
        if observation.lag > 0 and observation.committed <= self.committed:
            return False
        self.committed = max(self.committed, observation.committed)
        self.attempts = 0
        return True

    def _has_restored(self, observation: Observation) -> bool:
        if observation.attempt is None:
            return False
        if observation.attempt != self.attempt:
            self.attempt, self.attempts, self.restored = observation.attempt, self.attempts + 1, -1
        if observation.restored <= self.restored or self.attempts > ATTEMPTS:
            return False
        self.restored = observation.restored
        return True


class Stalls:
    """Finds a partition that has had work, but made no progress, for `timeout` seconds."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._progress: dict[int, _Progress] = {}

    def observe(self, observations: Mapping[int, Observation], elapsed: float) -> Stall | None:
        """Take the state of this worker's partitions, `elapsed` seconds after the last one."""
        self._forget(self._progress.keys() - observations.keys())
        for number, observation in observations.items():
            progress = self._progress.setdefault(number, _Progress())
            progress.stuck_s = 0.0 if progress.update(observation) else progress.stuck_s + elapsed
            if progress.stuck_s >= self._timeout:
                return Stall(number, progress.stuck_s)
        return None

    def _forget(self, numbers: Iterable[int]) -> None:
        for number in tuple(numbers):
            del self._progress[number]
