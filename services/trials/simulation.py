"""Simulation: the real handler over records in order of arrival, with a simulated clock.

It does in one logical partition what a worker does in many: records in batches, records about joins
fed back once their second is over, and due rows when the clock passes them. The clock moves as the
worker's does. With the machine's clock that is each second; with the clock topic it moves with each
tick.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final, Literal

from schemas import topics
from services.trials.held import HeldWatch
from services.trials.log import SimulationLog
from topology.agents.journey import Journey
from topology.batching.handler import BatchTime, Changes, Output
from topology.batching.record import Record
from topology.batching.timers import Timers
from topology.domain.history.instant import Instant
from topology.domain.policy.rulebook import Rulebook

SECOND: Final = 1_000_000
"""How often a worker lets its clock take effect, in microseconds."""
_MILLISECOND: Final = 1_000
_MOST: Final = 500
"""Records, or due rows, of one batch."""


class Simulation:
    """One policy's way through the records.

    Args:
        book: the compiled policy.
        clock: the setting `STAMMKUNDE_CLOCK`.
        app_id: whose requests about names are ours.
        salt: makes the erasure tombstones; without it nobody is erased.
    """

    def __init__(
        self,
        book: Rulebook,
        clock: Literal["wall", "topic"] = "wall",
        app_id: str = "",
        salt: bytes | None = None,
    ) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.log = SimulationLog()
        self.held = HeldWatch()
        self.clock: Instant = 0
        """The instant that took effect last; 0: none."""
        self.records = 0
        """How many events it has taken, without ticks."""
        self._journey = Journey(book, 1, self._machine_now, app_id=app_id, salt=salt)
        self._timers = Timers(self._wake_at)
        self._has_ticks = clock == "topic"
        self._arrived: Instant = 0
        self._batch: list[Record] = []
        self._joins: deque[Output] = deque()
        self._joined = 0

    def run(self, records: Iterable[Record]) -> None:
        """Process records, in order of arrival."""
        for record in records:
            self.take(record)
        self.flush()

    def take(self, record: Record) -> None:
        """Take the next record. It is processed with those of its second, or by `flush`."""
        arrived = max(self._arrived, record.timestamp * _MILLISECOND)
        if record.topic == topics.CLOCK:
            self.flush()
            self._arrived = arrived
            self._tick(record)
            return
        self.records += 1
        second = arrived - arrived % SECOND
        if second > self._arrived:
            self.flush()
            if not self._has_ticks:
                self.go_on_until(second)
        elif len(self._batch) >= _MOST:
            self._process()
        self._arrived = arrived
        self._batch.append(record)

    def flush(self) -> None:
        """Process what was taken, and what rows send each other because of it."""
        self._process()
        if self._joins:
            self._feed_back()

    def go_on_until(self, end: Instant) -> None:
        """Let the clock go on, second by second, through all that falls due."""
        while (first := self._timers.first) is not None and first <= end:
            self._fall_due(min(end, -(-first // SECOND) * SECOND))
        self.clock = max(self.clock, end)

    @property
    def _now(self) -> Instant | None:
        """The worker's time; None before the first tick."""
        return self.clock or None if self._has_ticks else max(self._arrived, self.clock)

    def _machine_now(self) -> Instant:
        return self._arrived

    def _wake_at(self, key: bytes) -> Instant | None:
        value = self.rows.get(key)
        return None if value is None else self._journey.wake_at(key, value)

    def _tick(self, record: Record) -> None:
        at = self._journey.read_tick(record)
        if isinstance(at, Output):
            self.log.refused += 1
        elif at > self.clock:
            self._fall_due(at)

    def _fall_due(self, at: Instant) -> None:
        """Let an instant take effect."""
        self.clock = max(self.clock, at)
        while self._timers.has_due(at):
            if due := self._timers.pop_due(at, _MOST):
                self._keep(self._journey.on_due(self.rows, due, at, self._time()))
                self._feed_back()

    def _process(self) -> None:
        if self._batch:
            records, self._batch = self._batch, []
            self._keep(self._journey.on_records(0, self.rows, records, self._time()))

    def _feed_back(self) -> None:
        """Process what rows of one person tell each other, until they are done."""
        while self._joins:
            records = [self._as_record(self._joins.popleft()) for _ in range(len(self._joins))]
            self._keep(self._journey.on_records(0, self.rows, records, self._time()))

    def _as_record(self, output: Output) -> Record:
        self._joined += 1
        return Record(
            topic=output.topic,
            partition=0,
            offset=self._joined,
            timestamp=self._arrived // _MILLISECOND,
            timestamp_type=1,
            key=output.key,
            value=output.value,
            headers=output.headers,
        )

    def _time(self) -> BatchTime:
        return BatchTime(self.clock, self._now)

    def _keep(self, changes: Changes) -> None:
        self.held.check(changes.rows, self._now or self._arrived)
        for key, row in changes.rows.items():
            if row.value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row.value
            self._timers.put(key, row.wake_at)
        for output in changes.outputs:
            if output.topic == topics.TRANSITIONS:
                self.log.add_transition(output)
            elif output.topic == topics.TRIGGERS:
                self.log.add_trigger(output)
            elif output.topic == topics.JOINS:
                self._joins.append(output)
            elif output.topic == topics.DEAD_LETTERS:
                self.log.refused += 1
