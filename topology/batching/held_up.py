"""Which partitions hold the clock up, and since when. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

_AGAIN_S: Final = 60.0
"""Seconds between two times that the same is told."""


class HeldUp:
    """The partitions, of any worker, that the clock of this one waits for.

    `time` is in seconds since any moment, and never goes backwards. `patience` is how many seconds
    a partition may hold the clock up before that is to be told.
    """

    def __init__(self, time: Callable[[], float], timeout_s: float) -> None:
        self._time = time
        self._timeout_s = timeout_s
        self._since: dict[int, float] = {}
        self._tell_at: float | None = None

    def look(self, behind: Iterable[int]) -> None:
        """Take in which partitions the clock waits for now."""
        now = self._time()
        self._since = {number: self._since.get(number, now) for number in behind}
        if not self._since:
            self._tell_at = None

    def seconds(self) -> Mapping[int, float]:
        """For how long each has held the clock up."""
        now = self._time()
        return {number: now - since for number, since in self._since.items()}

    def to_tell(self) -> Mapping[int, float]:
        """Those who have done so for too long, if it is time to tell of them; their seconds."""
        long = {one: held for one, held in self.seconds().items() if held >= self._timeout_s}
        now = self._time()
        if not long or (self._tell_at is not None and now < self._tell_at):
            return {}
        self._tell_at = now + _AGAIN_S
        return long
