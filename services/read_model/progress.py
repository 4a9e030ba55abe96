"""How far the projector is behind Kafka, in records and in time."""

from collections.abc import Mapping

from aiokafka import TopicPartition
from pydantic import BaseModel, ConfigDict


class Report(BaseModel):
    """What the projector says of itself, several times a second."""

    model_config = ConfigDict(frozen=True)

    lag: int
    """Records that Kafka had and the read model has not, when Kafka was last asked."""
    behind_s: float | None
    """The age of the latest end of the topics that has been reached, None before the first."""


class Progress:
    """Compares positions with the ends of the topics. Times are seconds of one steady clock."""

    def __init__(self) -> None:
        self._newest: Mapping[TopicPartition, int] = {}
        self._goal: tuple[float, Mapping[TopicPartition, int]] | None = None
        self._reached_at: float | None = None

    def saw_ends(self, ends: Mapping[TopicPartition, int], at: float) -> None:
        """Take note of where the topics ended at the instant `at`."""
        self._newest = ends
        if self._goal is None:
            self._goal = (at, ends)

    @property
    def reached_at(self) -> float | None:
        """As of when all has been reached that the topics had, None before the first time."""
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
