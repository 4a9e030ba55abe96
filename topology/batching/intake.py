"""Intake: the records of one partition's topics that wait to be processed."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from faust.types import TP

from topology.batching.fetch import Fetch
from topology.batching.record import Record


@dataclass(frozen=True, slots=True)
class Taken:
    """Records for one batch, and the positions that are reached with them."""

    records: list[Record]
    positions: Mapping[TP, int]


class Intake:
    """A queue that refuses what does not join on, so that nothing is lost or taken twice.

    `on_full` is called with a topic partition when too much waits, `on_drained` when there is room.
    """

    def __init__(
        self,
        high_water: int,
        on_full: Callable[[TP], None],
        on_drained: Callable[[TP], None],
    ) -> None:
        self._high_water = high_water
        self._on_full = on_full
        self._on_drained = on_drained
        self._epochs: dict[TP, int] = {}
        self._received: dict[TP, int] = {}
        self._queue: deque[Fetch] = deque()
        self._waiting = 0
        self._full: set[TP] = set()
        self.positions: dict[TP, int] = {}
        """The position up to which each topic's records have been taken."""

    def __len__(self) -> int:
        return self._waiting

    def __bool__(self) -> bool:
        return bool(self._queue)

    def restart(self, positions: Mapping[TP, int], epochs: Mapping[TP, int]) -> None:
        """Forget what waits, and go on at these positions, reached by the seeks `epochs`."""
        self._queue.clear()
        self._waiting = 0
        self._full.clear()
        self.positions = dict(positions)
        self._received = dict(positions)
        self._epochs = dict(epochs)

    def received(self, tp: TP) -> int:
        """The position up to which a topic's records have come in."""
        return self._received[tp]

    def expect(self, tp: TP, epoch: int) -> None:
        """Take only what comes after this seek of a topic."""
        self._epochs[tp] = epoch

    def offer(self, fetch: Fetch) -> bool:
        """Queue a fetch.

        Returns:
            False if something is missing before it: seek to `received(tp)` and fetch again. What
            comes from before a seek is dropped and counts as taken care of.
        """
        if self._epochs.get(fetch.tp) != fetch.epoch:
            return True
        if self._received[fetch.tp] != fetch.start:
            return False
        self._received[fetch.tp] = fetch.end
        self._queue.append(fetch)
        self._waiting += len(fetch.records)
        if self._waiting > self._high_water and fetch.tp not in self._full:
            self._full.add(fetch.tp)
            self._on_full(fetch.tp)
        return True

    def take(self, limit: int) -> Taken:
        """Take up to `limit` records, in the order in which they came."""
        records: list[Record] = []
        positions: dict[TP, int] = {}
        while self._queue and len(records) < limit:
            fetch = self._queue.popleft()
            room = limit - len(records)
            if len(fetch.records) > room:
                fetch = self._split(fetch, room)
            records.extend(fetch.records)
            positions[fetch.tp] = fetch.end
        self.positions.update(positions)
        self._waiting -= len(records)
        if self._full and self._waiting <= self._high_water // 2:
            self._drained(self._full)
        return Taken(records, positions)

    def put_back(self, rest: Sequence[Record]) -> Mapping[TP, int]:
        """Let the last records that were taken wait again, before all others.

        Returns:
            The positions of their topics: from there on nothing has been taken.
        """
        positions: dict[TP, int] = {}
        parts = [list(part) for _, part in groupby(rest, lambda each: (each.topic, each.partition))]
        for part in reversed(parts):
            tp, start = TP(part[0].topic, part[0].partition), part[0].offset
            # The last part of a topic ends where the taking did: holes may come after its records.
            end = part[-1].offset + 1 if tp in positions else self.positions[tp]
            self._queue.appendleft(Fetch(tp, self._epochs[tp], start, end, part))
            positions[tp] = start
        self.positions.update(positions)
        self._waiting += len(rest)
        return positions

    def _split(self, fetch: Fetch, room: int) -> Fetch:
        """Put the end of a fetch back, and return its beginning."""
        middle = fetch.records[room - 1].offset + 1
        rest = Fetch(fetch.tp, fetch.epoch, middle, fetch.end, fetch.records[room:])
        self._queue.appendleft(rest)
        return Fetch(fetch.tp, fetch.epoch, fetch.start, middle, fetch.records[:room])

    def _drained(self, tps: Iterable[TP]) -> None:
        for tp in tuple(tps):
            self._full.discard(tp)
            self._on_drained(tp)
