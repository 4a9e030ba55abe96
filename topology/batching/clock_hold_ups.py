"""Which partitions hold the clock up, and since when. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

_REPORT_INTERVAL_S: Final = 60.0
"""Seconds between two reports of the same."""


class ClockHoldUps:
    """The partitions, of any worker, that the clock of this one waits for.

    `time` is in seconds since any moment, and never goes backwards. A partition that holds
    the clock up for `timeout_s` seconds is reported.
    """

    def __init__(self, time: Callable[[], float], timeout_s: float) -> None:
        self._time = time
        self._timeout_s = timeout_s
        self._since: dict[int, float] = {}
        self._report_at: float | None = None

    def observe(self, behind: Iterable[int]) -> None:
        """Take which partitions the clock waits for now."""
        now = self._time()
        self._since = {number: self._since.get(number, now) for number in behind}
        if not self._since:
            self._report_at = None

    def seconds(self) -> Mapping[int, float]:
        """For how long each has held the clock up."""
        now = self._time()
        return {number: now - since for number, since in self._since.items()}

    def to_report(self) -> Mapping[int, float]:
        """The partitions that have done so for too long, if a report is due; their seconds."""
        long = {one: held for one, held in self.seconds().items() if held >= self._timeout_s}
        now = self._time()
        if not long or (self._report_at is not None and now < self._report_at):
            return {}
        self._report_at = now + _REPORT_INTERVAL_S
        return long
