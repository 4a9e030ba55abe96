"""Says once that something is away, and once that it is back."""

import time
from collections.abc import Callable
from typing import Final

from structlog.typing import FilteringBoundLogger

FIRST_PAUSE_S: Final = 0.05
LONGEST_PAUSE_S: Final = 1.0
WORTH_TELLING_S: Final = 3.0
"""A shorter absence is none for people: whoever noticed it has tried again by then."""


class Outage:
    """One thing that may be away, such as Kafka.

    Whoever needs it says at each attempt whether it is there. It is logged once it has been away
    for `after_s` seconds (None: as long as is worth telling) by the clock, which counts forward.
    """

    def __init__(
        self,
        log: FilteringBoundLogger,
        what: str,
        after_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._what = what
        self._after_s = WORTH_TELLING_S if after_s is None else after_s
        self._clock = clock
        self._since: float | None = None
        self._is_told = False

    def away(self, reason: str) -> None:
        """An attempt failed: log it if this goes on for too long, unless that has been logged."""
        now = self._clock()
        if self._since is None:
            self._since = now
        if not self._is_told and now - self._since >= self._after_s:
            self._is_told = True
            self._log.warning(f"{self._what}_away", reason=reason)

    def back(self) -> None:
        """An attempt succeeded: log for how many seconds it was away, if that had been logged."""
        if self._since is not None and self._is_told:
            self._log.info(f"{self._what}_back", away_s=round(self._clock() - self._since, 1))
        self._since, self._is_told = None, False


class Backoff:
    """Pauses between attempts: short at first, then longer."""

    def __init__(self) -> None:
        self._next_s = FIRST_PAUSE_S

    def pause_s(self) -> float:
        """How many seconds to wait before the next attempt."""
        pause = self._next_s
        self._next_s = min(self._next_s * 2, LONGEST_PAUSE_S)
        return pause

    def reset(self) -> None:
        """All is well: begin with a short pause the next time."""
        self._next_s = FIRST_PAUSE_S
