"""Where the messages of a replay have arrived: runs of offsets, few of which take much room."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Arrived(Protocol):
    """What a producer is told of a record, see aiokafka's RecordMetadata."""

    @property
    def topic(self) -> str:
        """Its topic."""

    @property
    def partition(self) -> int:
        """Its partition."""

    @property
    def offset(self) -> int:
        """Its offset."""


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


class Arrivals:
    """The offsets of a replay's messages, by partition."""

    def __init__(self) -> None:
        self._runs: dict[Place, list[list[int]]] = {}

    def add(self, record: Arrived) -> None:
        """Note a message. Those of a partition come in the order of their offsets."""
        runs = self._runs.setdefault(Place(record.topic, record.partition), [])
        if runs and runs[-1][1] == record.offset:
            runs[-1][1] += 1
        else:
            runs.append([record.offset, record.offset + 1])

    def has(self, place: Place, offset: int) -> bool:
        """Whether a message of the replay is there."""
        runs = self._runs.get(place, [])
        after = bisect_right(runs, offset, key=lambda run: run[0])
        return after > 0 and offset < runs[after - 1][1]

    def ends(self) -> Mapping[Place, int]:
        """Of each partition the offset after the last message."""
        return {place: runs[-1][1] for place, runs in self._runs.items()}
