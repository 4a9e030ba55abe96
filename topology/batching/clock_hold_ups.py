"""Clock hold-ups: the partitions that the clock waits for, and for how long. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

_REPORT_INTERVAL_S: Final = 60.0
"""Seconds between two warnings about the same partitions."""


class ClockHoldUps:
    """The partitions, of any worker, that hold up the clock of this worker.

    `time` is a monotonic clock, in seconds. A partition is reported once it has held up the clock
    for `timeout_s` seconds.
    """

    def __init__(self, time: Callable[[], float], timeout_s: float) -> None:
        self._time = time
        self._timeout_s = timeout_s
        self._since: dict[int, float] = {}
        self._report_at: float | None = None

    def observe(self, behind: Iterable[int]) -> None:
        """Record the partitions that the clock waits for now."""
        now = self._time()
        self._since = {number: self._since.get(number, now) for number in behind}
        if not self._since:
            self._report_at = None

    def seconds(self) -> Mapping[int, float]:
        """Return for how many seconds each partition has held up the clock."""
        now = self._time()
        return {number: now - since for number, since in self._since.items()}

    def to_report(self) -> Mapping[int, float]:
        """Return the partitions to warn about now, and their seconds."""
        long = {one: held for one, held in self.seconds().items() if held >= self._timeout_s}
        now = self._time()
        if not long or (self._report_at is not None and now < self._report_at):
            return {}
        self._report_at = now + _REPORT_INTERVAL_S
        return long
