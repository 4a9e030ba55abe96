"""Timers: the instants at which rows fall due."""

from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush
from typing import Final

_SLACK: Final = 64
"""The heap is rebuilt if it has more outdated entries than queued ones and these."""
_CHECKS: Final = 32
"""One call checks at most this number of entries for each row that it may return."""


class Timers:
    """The instants at which rows are due, in microseconds since 1970.

    Each row is queued once, at its due instant or earlier. An event mostly postpones the instant;
    then the queue stays as it is. When the entry's time comes, `wake_at` computes the row's current
    due instant (or None), so the timers store no state besides the rows.
    """

    __slots__ = ("_heap", "_queued", "_wake_at")

    def __init__(self, wake_at: Callable[[bytes], int | None]) -> None:
        self._wake_at = wake_at
        self._queued: dict[bytes, int] = {}
        self._heap: list[tuple[int, bytes]] = []

    def __len__(self) -> int:
        return len(self._queued)

    @property
    def first(self) -> int | None:
        """The instant of the first entry. Its row may have been postponed since."""
        return self._heap[0][0] if self._heap else None

    def load(self, entries: Iterable[tuple[int, bytes]]) -> None:
        """Replace all entries: one for each row."""
        self._heap = list(entries)
        self._queued = {key: at for at, key in self._heap}
        heapify(self._heap)

    def put(self, key: bytes, at: int | None) -> None:
        """Schedule a row; None: it is never due."""
        if at is None:
            return
        queued = self._queued.get(key)
        if queued is None or at < queued:
            self._queued[key] = at
            heappush(self._heap, (at, key))
            if len(self._heap) > 2 * len(self._queued) + _SLACK:
                self.load([(when, which) for which, when in self._queued.items()])

    def has_due(self, until: int) -> bool:
        """True if an entry is at `until` or before. Its row may have been postponed since."""
        return bool(self._heap) and self._heap[0][0] <= until

    def put_back(self, keys: Iterable[bytes]) -> None:
        """Schedule rows again that `pop_due` returned and that have not changed."""
        for key in keys:
            self.put(key, self._wake_at(key))

    def pop_due(self, until: int, limit: int) -> list[bytes]:
        """Remove and return up to `limit` rows that are due at `until` or before, earliest first.

        The result may have fewer rows than are due, since one call checks a limited number of
        entries of postponed rows.
        """
        due: list[bytes] = []
        checks = limit * _CHECKS
        while self.has_due(until) and len(due) < limit and checks:
            checks -= 1
            at, key = heappop(self._heap)
            if self._queued.get(key) != at:
                continue  # Outdated: the row was queued again for an earlier instant.
            del self._queued[key]
            true = self._wake_at(key)
            if true is not None and true > at:
                self.put(key, true)
            elif true is not None:
                due.append(key)
        return due
