"""Timers: which rows fall due by the clock, and when."""

from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

_SLACK: Final = 64
"""Entries that may be out of date before all of them are cleared away."""


class Due(NamedTuple):
    """A row that fell due at `at`, in microseconds since 1970."""

    at: int
    key: bytes


class Timers:
    """The instants at which rows are due: one for each row, the latest word counts.

    Derived from the rows and never stored apart from them.
    """

    __slots__ = ("_heap", "_wake_at")

    def __init__(self) -> None:
        self._wake_at: dict[bytes, int] = {}
        self._heap: list[Due] = []

    def __len__(self) -> int:
        return len(self._wake_at)

    @property
    def first(self) -> int | None:
        """When the next row is due, or one that is not due any more was."""
        return self._heap[0].at if self._heap else None

    def load(self, entries: list[Due]) -> None:
        """Take many entries at once, one for each row."""
        self._wake_at = {due.key: due.at for due in entries}
        self._heap = list(entries)
        heapify(self._heap)

    def put(self, key: bytes, at: int | None) -> None:
        """Say when a row is due; None is never."""
        if at is None:
            self._wake_at.pop(key, None)
        elif self._wake_at.get(key) != at:
            self._wake_at[key] = at
            heappush(self._heap, Due(at, key))
            if len(self._heap) > 2 * len(self._wake_at) + _SLACK:
                self.load([Due(when, which) for which, when in self._wake_at.items()])

    def pop_due(self, until: int, limit: int) -> list[bytes]:
        """Take out up to `limit` rows that are due at `until` or before, the earliest first."""
        due: list[bytes] = []
        while self._heap and self._heap[0].at <= until and len(due) < limit:
            entry = heappop(self._heap)
            if self._wake_at.get(entry.key) == entry.at:
                del self._wake_at[entry.key]
                due.append(entry.key)
        return due
