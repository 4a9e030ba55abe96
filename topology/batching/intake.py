"""Intake: the queue of fetched records of one partition, over all its topics."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from faust.types import TP

from topology.batching.fetch import Fetch
from topology.batching.record import Record


@dataclass(frozen=True, slots=True)
class Taken:
    """Records for one batch, and the positions after them."""

    records: list[Record]
    positions: Mapping[TP, int]


class Intake:
    """A queue that refuses a fetch that is not adjacent to the last one of its topic.

    So no record is lost or taken twice. The queue calls `on_full` with a topic partition if more
    than `high_water` records are queued, and `on_drained` once at most half as many are left.
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
        """The position of each topic up to which records have been taken."""

    def __len__(self) -> int:
        return self._waiting

    def __bool__(self) -> bool:
        return bool(self._queue)

    def restart(self, positions: Mapping[TP, int], epochs: Mapping[TP, int]) -> None:
        """Drop all queued records, and continue at these positions after the seeks `epochs`."""
        self._queue.clear()
        self._waiting = 0
        self._full.clear()
        self.positions = dict(positions)
        self._received = dict(positions)
        self._epochs = dict(epochs)

    def received(self, tp: TP) -> int:
        """The position of a topic up to which records have been queued."""
        return self._received[tp]

    def expect(self, tp: TP, epoch: int) -> None:
        """Accept only fetches after this seek of a topic."""
        self._epochs[tp] = epoch

    def offer(self, fetch: Fetch) -> bool:
        """Queue a fetch.

        Returns:
            False if records before it are missing: seek to `received(tp)` and fetch again. True
            also for a fetch from before the last seek, which is dropped.
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
        """Take up to `limit` records, in the order of their arrival."""
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
        """Put the last records that were taken back to the front of the queue.

        Returns:
            The new positions of their topics.
        """
        positions: dict[TP, int] = {}
        parts = [list(part) for _, part in groupby(rest, lambda each: (each.topic, each.partition))]
        for part in reversed(parts):
            tp, start = TP(part[0].topic, part[0].partition), part[0].offset
            # The last part of a topic ends at the taken position: holes may follow its records.
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
