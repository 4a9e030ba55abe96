"""Keeps back what the demo's clock has not come to: partitions do not go at the same pace."""

from collections.abc import Callable, Iterable
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

Item = TypeVar("Item")


class NotYet(Generic[Item]):
    """Items that wait for their instant."""

    def __init__(self, instant_of: Callable[[Item], datetime]) -> None:
        self._instant_of = instant_of
        self._waiting: list[tuple[datetime, int, Item]] = []
        self._numbers = count()

    def add(self, items: Iterable[Item]) -> None:
        """Let items wait."""
        for item in items:
            heappush(self._waiting, (self._instant_of(item), next(self._numbers), item))

    def take(self, until: datetime | None) -> list[Item]:
        """Take those of this instant and earlier, in their order; without one none."""
        taken: list[Item] = []
        while until is not None and self._waiting and self._waiting[0][0] <= until:
            taken.append(heappop(self._waiting)[2])
        return taken
