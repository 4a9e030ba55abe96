"""When the read model last had all that Kafka had, and whether that is too long ago to go on.

A row that is removed leaves a tombstone, which Kafka keeps for the topic's `delete.retention.ms`.
Who looks away for longer may miss it, and would keep the row for ever.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

_SAFE_PART: Final = 0.9
"""The rest is for the broker's clock and for what is under way."""
_LEAST_MS: Final = 600_000
"""A topic that keeps tombstones for less is taken for this: building takes a while, too."""
_SKEW_MS: Final = 60_000
"""A clock that was put back by more says nothing of how long ago something was."""


class TombstonesMissedError(Exception):
    """Kafka may have forgotten in between that rows have gone: build the read model anew."""


@dataclass(frozen=True, slots=True)
class Followed:
    """All that Kafka had at `at_ms`, by the machine's clock, is in the read model."""

    at_ms: int | None
    """None if nobody has noted it."""
    kept_ms: int
    """For how long Kafka keeps tombstones."""

    def check(self, now_ms: int) -> None:
        """See that no tombstone since then can be gone by now.

        Raises:
            TombstonesMissedError: one can.
        """
        safe_ms = max(_LEAST_MS, self.kept_ms * _SAFE_PART)
        if self.at_ms is None or not -_SKEW_MS <= now_ms - self.at_ms <= safe_ms:
            raise TombstonesMissedError

    def again(self, behind_s: float, now_ms: int) -> Self:
        """Return this once all has been read that Kafka had `behind_s` ago.

        Raises:
            TombstonesMissedError: that took too long.
        """
        self.check(now_ms)
        return replace(self, at_ms=now_ms - round(behind_s * 1000))
