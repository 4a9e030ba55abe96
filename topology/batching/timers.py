"""Timers: which rows fall due by the clock, and when."""

from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush
from typing import Final

_SLACK: Final = 64
"""Entries that may be out of date before all of them are cleared away."""
_CHECKS: Final = 32
"""Entries that one call checks, for each row that it may return."""


class Timers:
    """The instants at which rows are due, in microseconds since 1970.

    A row is queued once, at its due instant or before it: an event mostly puts the instant off, and
    then nothing is done until the row comes up. `wake_at` is asked then for the true instant of
    a row, or None; so a row's own word counts, and nothing is stored apart from it.
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
        """When the next row is due, or was before it was put off."""
        return self._heap[0][0] if self._heap else None

    def load(self, entries: Iterable[tuple[int, bytes]]) -> None:
        """Take many entries at once, one for each row."""
        self._heap = list(entries)
        self._queued = {key: at for at, key in self._heap}
        heapify(self._heap)

    def put(self, key: bytes, at: int | None) -> None:
        """Say when a row is due; None is never."""
        if at is None:
            return
        queued = self._queued.get(key)
        if queued is None or at < queued:
            self._queued[key] = at
            heappush(self._heap, (at, key))
            if len(self._heap) > 2 * len(self._queued) + _SLACK:
                self.load([(when, which) for which, when in self._queued.items()])

    def has_due(self, until: int) -> bool:
        """True if a row is due at `until` or before, or was before it was put off."""
        return bool(self._heap) and self._heap[0][0] <= until

    def put_back(self, keys: Iterable[bytes]) -> None:
        """Queue rows again that were taken out and have not changed."""
        for key in keys:
            self.put(key, self._wake_at(key))

    def pop_due(self, until: int, limit: int) -> list[bytes]:
        """Take out up to `limit` rows that are due at `until` or before, the earliest first.

        They may be fewer though there are more: of many rows put off, one call checks only some.
        """
        due: list[bytes] = []
        checks = limit * _CHECKS
        while self.has_due(until) and len(due) < limit and checks:
            checks -= 1
            at, key = heappop(self._heap)
            if self._queued.get(key) != at:
                continue  # It was queued again for an earlier instant, and came up then.
            del self._queued[key]
            true = self._wake_at(key)
            if true is not None and true > at:
                self.put(key, true)
            elif true is not None:
                due.append(key)
        return due
