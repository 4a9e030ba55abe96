"""How far the read model is behind Kafka, and whether it followed Kafka closely enough."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from aiokafka import TopicPartition

from services.read_model.projector_status import Report

_SAFE_PART: Final = 0.9
"""The rest is for the broker's clock and for the work under way."""
_LEAST_MS: Final = 600_000
"""The shortest time that counts, however short the topic keeps tombstones: building takes time."""
_SKEW_MS: Final = 60_000
"""If the clock went back by more, nobody knows how long ago something was."""


class Progress:
    """Compares positions with the ends of the topics. Times are seconds of one steady clock."""

    def __init__(self) -> None:
        self._newest: Mapping[TopicPartition, int] = {}
        self._goal: tuple[float, Mapping[TopicPartition, int]] | None = None
        self._reached_at: float | None = None

    def saw_ends(self, ends: Mapping[TopicPartition, int], at: float) -> None:
        """Record where the topics ended at the instant `at`."""
        self._newest = ends
        if self._goal is None:
            self._goal = (at, ends)

    @property
    def reached_at(self) -> float | None:
        """The time whose ends of the topics have all been reached, None before the first."""
        return self._reached_at

    def report(self, positions: Mapping[TopicPartition, int], now: float) -> Report:
        """Compare `positions`, the next offsets to read, with the ends."""
        if self._goal is not None and _lag(self._goal[1], positions) == 0:
            self._reached_at = self._goal[0]
            self._goal = None
        behind = None if self._reached_at is None else round(now - self._reached_at, 3)
        return Report(lag=_lag(self._newest, positions), behind_s=behind)


def _lag(ends: Mapping[TopicPartition, int], positions: Mapping[TopicPartition, int]) -> int:
    return sum(max(0, end - positions.get(place, 0)) for place, end in ends.items())


class TombstonesMissedError(Exception):
    """Kafka may have forgotten meanwhile that it removed rows: build the read model again."""


@dataclass(frozen=True, slots=True)
class Followed:
    """When the read model last had all that Kafka had, by the machine's clock.

    A removed row leaves a tombstone, which Kafka keeps for the topic's `delete.retention.ms`. A
    projector that stops for longer may miss it, and would keep the row for ever.
    """

    at_ms: int | None
    """None if nobody noted it."""
    kept_ms: int
    """How long Kafka keeps tombstones."""

    def check(self, now_ms: int) -> None:
        """Check that Kafka still keeps all tombstones since then.

        Raises:
            TombstonesMissedError: it may not.
        """
        safe_ms = max(_LEAST_MS, self.kept_ms * _SAFE_PART)
        if self.at_ms is None or not -_SKEW_MS <= now_ms - self.at_ms <= safe_ms:
            raise TombstonesMissedError

    def again(self, behind_s: float, now_ms: int) -> Self:
        """Return this once the read model has all that Kafka had `behind_s` ago.

        Raises:
            TombstonesMissedError: that took too long.
        """
        self.check(now_ms)
        return replace(self, at_ms=now_ms - round(behind_s * 1000))
