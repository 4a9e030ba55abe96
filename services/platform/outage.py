"""Says once that something is away, and once that it is back."""

from typing import Final

from structlog.typing import FilteringBoundLogger

FIRST_PAUSE_S: Final = 0.05
LONGEST_PAUSE_S: Final = 1.0


class Outage:
    """One thing that may be away, such as Kafka."""

    def __init__(self, log: FilteringBoundLogger, what: str) -> None:
        self._log = log
        self._what = what
        self._reason: str | None = None

    def away(self, reason: str) -> None:
        """Say that it is away, unless that has been said."""
        if self._reason is None:
            self._log.warning(f"{self._what}_away", reason=reason, then="waiting for it")
        self._reason = reason

    def back(self) -> None:
        """Say that it is back, if it had been away."""
        if self._reason is not None:
            self._log.info(f"{self._what}_back")
        self._reason = None


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
