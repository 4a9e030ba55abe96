"""Logs once that a server is away, and once that it is back; and pauses between attempts."""

import time
from collections.abc import Callable
from typing import Final

from structlog.typing import FilteringBoundLogger

FIRST_PAUSE_S: Final = 0.05
LONGEST_PAUSE_S: Final = 1.0
WORTH_LOGGING_S: Final = 3.0
"""A shorter outage is not worth a line: the next attempts have succeeded by then."""


class Outage:
    """The state of one thing that may be away, such as Kafka.

    Its clients report each attempt. An outage is logged once it has lasted `after_s` seconds by the
    monotonic clock; None for the usual time.
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
        self._after_s = WORTH_LOGGING_S if after_s is None else after_s
        self._clock = clock
        self._since: float | None = None
        self._is_logged = False

    def away(self, reason: str) -> None:
        """Report a failed attempt: it is logged, once, if the outage has lasted long enough."""
        now = self._clock()
        if self._since is None:
            self._since = now
        if not self._is_logged and now - self._since >= self._after_s:
            self._is_logged = True
            self._log.warning(f"{self._what}_away", reason=reason)

    def back(self) -> None:
        """Report a successful attempt: the end of a logged outage is logged with its seconds."""
        if self._since is not None and self._is_logged:
            self._log.info(f"{self._what}_back", away_s=round(self._clock() - self._since, 1))
        self._since, self._is_logged = None, False


class Backoff:
    """Pauses between attempts: short at first, then longer."""

    def __init__(self) -> None:
        self._next_s = FIRST_PAUSE_S

    def pause_s(self) -> float:
        """Return the seconds to wait before the next attempt."""
        pause = self._next_s
        self._next_s = min(self._next_s * 2, LONGEST_PAUSE_S)
        return pause

    def reset(self) -> None:
        """Begin with a short pause again, after a success."""
        self._next_s = FIRST_PAUSE_S
