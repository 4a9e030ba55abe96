"""Stillness: since when a partition has had work and has not moved. Pure; `watch` looks."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from services.platform.kafka.worker_lag.asking import Progress

STANDS_STILL_AFTER_S: Final = 30.0
"""Longer than a restart of a worker takes, or a commit that fails."""


class PartitionLag(NamedTuple):
    """How far a partition is behind, and since when it stands there, in seconds since 1970.

    `since` is None if it has no work. `for_s` is how long that was at the last look.
    """

    partition: int
    lag: int
    since: float | None
    for_s: float

    @property
    def stands_still(self) -> bool:
        """True if it has had work for long, and has not moved."""
        return self.for_s > STANDS_STILL_AFTER_S


class _Seen(NamedTuple):
    settled: int
    at: float


class Stillness:
    """Compares each look with those before."""

    def __init__(self) -> None:
        self._seen: dict[int, _Seen] = {}

    def look(
        self, progress: Mapping[int, Progress] | None, now: float
    ) -> tuple[PartitionLag, ...] | None:
        """Take in what Kafka says at `now`, seconds since 1970; None if it can't say.

        Then nobody is judged, and the time that it was away does not count.
        """
        if progress is None:
            self._seen.clear()
            return None
        return tuple(self._of(number, progress[number], now) for number in sorted(progress))

    def _of(self, number: int, progress: Progress, now: float) -> PartitionLag:
        seen = self._seen.get(number)
        # What has no work at a look has had none until then.
        if seen is None or not progress.lag or seen.settled != progress.settled:
            seen = self._seen[number] = _Seen(progress.settled, now)
        since = seen.at if progress.lag else None
        return PartitionLag(number, progress.lag, since, now - seen.at)
