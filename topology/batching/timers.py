"""Timers: the instants at which rows fall due."""

from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush
from typing import Final

PERIOD: Final = 1 << 32
"""Microseconds of a period: 71 minutes."""
_SLACK: Final = 64
"""Entries are rebuilt if there are more outdated than valid ones and these."""
_CHECKS: Final = 32
"""One call checks at most this number of entries for each row that it may return."""


class _Period:
    """The rows that are queued for one period, in no order. `first` is the earliest instant."""

    __slots__ = ("first", "keys", "number")

    def __init__(self, number: int, first: int) -> None:
        self.number = number
        self.first = first
        self.keys: list[bytes] = []


class Timers:
    """The instants at which rows are due, in microseconds since 1970.

    Each row is queued once, at its due instant or earlier. An event mostly postpones the instant;
    then the queue stays as it is. When the entry's time comes, `wake_at` computes the row's current
    due instant (or None), so the timers store no state besides the rows.

    Most rows are due in days or months. The timers store only the period of such a row: that takes
    50 bytes instead of 150. When the period comes, its rows go into a heap with their instants.

    Args:
        wake_at: returns the instant at which a row is due, or None.
        period: how long a period is, in microseconds.
    """

    def __init__(self, wake_at: Callable[[bytes], int | None], period: int = PERIOD) -> None:
        self._wake_at = wake_at
        self._period = period
        self._heap: list[tuple[int, bytes]] = []
        self._soon: dict[bytes, int] = {}
        """The instant of each row in the heap."""
        self._heap_end: int | None = None
        """Rows that are due before this instant are in the heap. None: all are in periods."""
        self._later: dict[bytes, _Period] = {}
        """The period of each other row."""
        self._periods: dict[int, _Period] = {}
        self._numbers: list[int] = []
        """The numbers of the periods, as a heap."""
        self._entries = 0
        """The number of keys in all periods."""

    def __len__(self) -> int:
        return len(self._soon) + len(self._later)

    @property
    def first(self) -> int | None:
        """The instant of the first entry. Its row may have been postponed since."""
        heads = [self._heap[0][0]] if self._heap else []
        if self._numbers:
            heads.append(self._periods[self._numbers[0]].first)
        return min(heads, default=None)

    def has_due(self, until: int) -> bool:
        """True if an entry is at `until` or before. Its row may have been postponed since."""
        return (first := self.first) is not None and first <= until

    def load(self, entries: Iterable[tuple[int | None, bytes]]) -> None:
        """Schedule rows that are not queued yet. Call it only before the first `pop_due`."""
        later, periods, length = self._later, self._periods, self._period
        for at, key in entries:
            period = None if at is None else periods.get(at // length)
            if period is None or at is None or at < period.first:
                self.put(key, at)
            else:
                later[key] = period
                period.keys.append(key)
                self._entries += 1

    def put(self, key: bytes, at: int | None) -> None:
        """Schedule a row; None: it is never due."""
        if at is None:
            return
        later = self._later.get(key)
        if later is not None and at >= later.first:
            return
        number = at // self._period
        if later is not None and number == later.number:
            later.first = at
        elif self._heap_end is not None and at < self._heap_end:
            self._put_soon(key, at)
        elif key not in self._soon:
            self._put_later(key, at, number)

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
        checks = self._open_periods(until, limit * _CHECKS)
        while checks and len(due) < limit and self._heap and self._heap[0][0] <= until:
            checks -= 1
            at, key = heappop(self._heap)
            if self._soon.get(key) != at:
                continue  # Outdated: the row was queued again for an earlier instant.
            del self._soon[key]
            true = self._wake_at(key)
            if true is not None and true > at:
                self.put(key, true)
            elif true is not None:
                due.append(key)
        return due

    def _open_periods(self, until: int, checks: int) -> int:
        """Move the rows of the periods up to `until` to the heap, or to a later period.

        Returns:
            How many of the `checks` are left; with 0, there may be rows left to move.
        """
        while checks and self._numbers:
            period = self._periods[self._numbers[0]]
            if period.first > until:
                break
            self._heap_end = (period.number + 1) * self._period
            while checks and period.keys:
                checks -= 1
                self._entries -= 1
                key = period.keys.pop()
                if self._later.get(key) is period:  # Else the row was queued for an earlier one.
                    del self._later[key]
                    self.put(key, self._wake_at(key))
            if not period.keys:
                del self._periods[heappop(self._numbers)]
        return checks

    def _put_soon(self, key: bytes, at: int) -> None:
        self._later.pop(key, None)
        queued = self._soon.get(key)
        if queued is None or at < queued:
            self._soon[key] = at
            heappush(self._heap, (at, key))
            if len(self._heap) > 2 * len(self._soon) + _SLACK:
                self._heap = [(when, which) for which, when in self._soon.items()]
                heapify(self._heap)

    def _put_later(self, key: bytes, at: int, number: int) -> None:
        period = self._periods.get(number)
        if period is None:
            period = self._periods[number] = _Period(number, at)
            heappush(self._numbers, number)
        elif at < period.first:
            period.first = at
        self._later[key] = period
        period.keys.append(key)
        self._entries += 1
        if self._entries > 2 * len(self._later) + _SLACK:
            self._drop_outdated()

    def _drop_outdated(self) -> None:
        """Keep one entry of each row."""
        for period in self._periods.values():
            period.keys.clear()
        for key, period in self._later.items():
            period.keys.append(key)
        self._entries = len(self._later)
