"""Batches: computes what the next transactions of a partition write. It does no I/O.

Batches of records and of due rows alternate, so that neither kind waits for long.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from faust.types import TP

from topology.batching.batch import Batch
from topology.batching.clock import CLOCK_KEY, PendingInstant, RefusedTick, Tick, encode_clock
from topology.batching.config import BatchConfig
from topology.batching.current_handler import CurrentHandler
from topology.batching.dependencies import Dependencies
from topology.batching.handler import BatchTime, Changes, Output, Row
from topology.batching.handlers import Handlers
from topology.batching.intake import Intake
from topology.batching.record import Record
from topology.batching.timers import Timers

Item = TypeVar("Item")


class Batches:
    """The rows, the queue, the timers and the clock of one partition."""

    def __init__(
        self, number: int, config: BatchConfig, handlers: Handlers, dependencies: Dependencies
    ) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.clock = 0
        self.clock_at_begin: int | None = None
        """The partition's clock when it began with its handler; None if it had none."""
        self.tick: Tick | None = None
        """The latest tick of the clock topic whose barrier has not been read yet."""
        self.timers = Timers(self.wake_at)
        self.intake = Intake(
            config.high_water, dependencies.flow.on_buffer_full, dependencies.flow.on_buffer_drop
        )
        self._number = number
        self._config = config
        self.current = CurrentHandler(handlers)
        """The handler, and when it is replaced."""
        self._dependencies = dependencies
        self._clock_tp = TP(config.clock_topic, number) if config.clock_topic else None
        self._instant: PendingInstant | None = None
        self._refused: list[RefusedTick] = []
        self._due_was_last = False
        self._was_cut = False
        self._pending_offsets: dict[TP, int] = {}
        self._records = 0
        self._clock_position = 0
        self._clock_written_at = 0.0
        self._stored_clock: bytes | None = None
        """The clock's row in the changelog; None if there is none."""
        self._unwritten_clock: bytes | None = None
        """What the clock's row must be before the next change of any row."""

    def load(self, rows: dict[bytes, bytes], clock: int) -> None:
        """Set the rows and the clock that were restored from the changelog (0: no clock)."""
        self.rows, self.clock, self.clock_at_begin = rows, clock, clock or None
        self._stored_clock = encode_clock(clock) if clock else None
        self.current.begin(clock or self._now() or 0)

    @property
    def is_handler_replaced(self) -> bool:
        """True if the partition must `switch`: all that was due before is processed."""
        return self.current.is_replaced(self.clock) and not self.timers.has_due(self.clock)

    async def switch(self) -> None:
        """Go on under the handler that is in force now, and schedule all rows by it.

        The next transaction writes the clock: whoever restores the rows begins with this handler.
        """
        self.current.begin(self.clock)
        self.clock_at_begin, clock = self.clock, encode_clock(self.clock)
        self._unwritten_clock = None if clock == self._stored_clock else clock
        await self.load_timers()

    def changelog_rows(self) -> dict[bytes, bytes]:
        """All rows as the changelog has them, with that of the clock."""
        clock = {} if self._stored_clock is None else {CLOCK_KEY: self._stored_clock}
        return self.rows | clock

    def restart(self, positions: Mapping[TP, int], epochs: Mapping[TP, int]) -> None:
        """Drop all queued work, and continue at these positions after the seeks `epochs`."""
        self._instant = self.tick = None
        self._refused.clear()
        if self._clock_tp is not None:
            self._clock_position = positions[self._clock_tp]
        self.intake.restart(positions, epochs)

    async def load_timers(self) -> None:
        """Schedule a timer for each row that will be due."""
        at = self.clock or self._now() or 0
        self.timers = await self.current.schedule(self.rows, self.wake_at, at)

    @property
    def positions(self) -> Mapping[TP, int]:
        """Where to continue: all earlier records are taken, all earlier ticks have taken effect."""
        positions = dict(self.intake.positions)
        if self._clock_tp is not None:
            positions[self._clock_tp] = self._clock_position
        return positions

    def wake_at(self, key: bytes) -> int | None:
        """The instant at which a row is due, computed from the row itself."""
        value = self.rows.get(key)
        return None if value is None else self.current.handler.wake_at(key, value)

    @property
    def timer_delay(self) -> float:
        """Seconds since the earliest due row fell due."""
        first, now = self.timers.first, self._now()
        return 0.0 if first is None or now is None else max(0.0, (now - first) / 1_000_000)

    @property
    def has_backlog(self) -> bool:
        """True if the next batch waits for nothing: it is large, a cut one's rest, or a tick's.

        A small one gains nothing from being computed during a commit: its records would wait for
        the end of that commit, and the records that arrive meanwhile for the batch after it.
        """
        if self._was_cut or len(self.intake) >= self._config.backlog:
            return True
        instant = self._instant
        if instant is None or not instant.is_reached(self.intake.positions):
            return False
        return instant.clock_offset is not None or self.timers.has_due(instant.at)

    @property
    def accepts_instant(self) -> bool:
        """True if no instant is pending and, with a clock topic, a tick has arrived."""
        if self._instant is not None:
            return False
        return self._clock_tp is None or self.tick is not None

    def schedule_instant(self, at: int, barrier: Mapping[TP, int], tick: Tick | None) -> None:
        """Schedule an instant: it takes effect once the positions have reached `barrier`.

        With a clock topic the instant is that of `tick`, the latest one before the barrier was
        read. A tick that has arrived since then needs a barrier of its own.
        """
        if self.tick is tick:
            self.tick = None
        if tick is None:
            self._instant = PendingInstant(at, barrier)
        else:
            self._instant = PendingInstant(tick.at, barrier, tick.clock_offset)

    def next(self) -> Batch | None:
        """Compute the next batch, or return None if there is no work."""
        if self._due_was_last:
            batch = self._process_records() or self._process_due()
        else:
            batch = self._process_due() or self._process_records()
        return batch or self._commit_positions()

    def _process_records(self) -> Batch | None:
        self._due_was_last = False
        while self.intake:
            records = self._take_records()
            if records:
                changes = self.current.handler.on_records(
                    self._number, self.rows, records, self._batch_time()
                )
                self._put_back(_unprocessed(records, changes))
                return self._make_batch(changes)
        return None

    def _put_back(self, rest: Sequence[Record]) -> None:
        """Queue records again that were taken, but not processed before the deadline."""
        self._was_cut = bool(rest)
        self._pending_offsets.update(self.intake.put_back(rest))
        self._records -= len(rest)

    def _take_records(self) -> list[Record]:
        """Take the next records of the sources, and store ticks of the clock topic separately."""
        taken = self.intake.take(self._config.max_batch)
        for tp, position in taken.positions.items():
            if tp != self._clock_tp:
                self._pending_offsets[tp] = position
        if self._clock_tp is None or self._clock_tp not in taken.positions:
            self._records += len(taken.records)
            return taken.records
        records = []
        for record in taken.records:
            if record.topic != self._clock_tp.topic:
                records.append(record)
                continue
            at = self.current.handler.read_tick(record)
            if isinstance(at, Output):
                self._refused.append(RefusedTick(at, record.offset + 1))
            else:
                self.tick = Tick(max(at, self.tick.at if self.tick else at), record.offset + 1)
        self._dependencies.on_tick()
        self._records += len(records)
        return records

    def _process_due(self) -> Batch | None:
        """Let the pending instant take effect, one batch of due rows at a time.

        With the first batch the instant becomes the partition's clock. A record that changes a row
        before that row's batch first advances the row to the instant. If another handler is in
        force from an earlier instant on, the clock stops there.
        """
        instant = self._instant
        if instant is None or not instant.is_reached(self.intake.positions):
            return None
        self._due_was_last = True
        at = self.current.limit(self.clock, instant.at)
        self.clock = max(self.clock, at)
        due = self.timers.pop_due(at, self._config.max_due)
        changes = Changes()
        if due:
            changes = self.current.handler.on_due(self.rows, due, at, self._batch_time())
            self.timers.put_back(_unprocessed(due, changes))
        if len(due) == self._config.max_due or self.timers.has_due(at):
            return self._make_batch(changes)
        if at < instant.at:  # Another handler goes on from here.
            changes.rows[CLOCK_KEY] = Row(encode_clock(at), None)
            return self._make_batch(changes)
        self._instant = None
        if instant.clock_offset is not None:
            self._finish_ticks(instant.clock_offset, changes)
        elif not due and not self._clock_is_stale():
            return None
        self._clock_written_at = self._dependencies.time()
        changes.rows[CLOCK_KEY] = Row(encode_clock(self.clock), None)
        return self._make_batch(changes)

    def _commit_positions(self) -> Batch | None:
        """Commit positions that moved without records: the clock of all partitions waits for them.

        After a record that was handed on, a log ends with a transaction marker. The transaction of
        this batch writes no marker to the sources, so it causes no further one.
        """
        changes = Changes()
        if self._refused and self._instant is None and self.tick is None:
            self._finish_ticks(self._refused[-1].clock_offset, changes)
        return self._make_batch(changes) if self._pending_offsets else None

    def _finish_ticks(self, clock_offset: int, changes: Changes) -> None:
        """Move the clock topic's position, and add the outputs of the refused ticks before it."""
        if self._clock_tp is not None:
            self._clock_position = self._pending_offsets[self._clock_tp] = clock_offset
        while self._refused and self._refused[0].clock_offset <= clock_offset:
            changes.outputs.append(self._refused.pop(0).output)

    def _clock_is_stale(self) -> bool:
        return (
            self._dependencies.time() - self._clock_written_at >= self._config.clock_commit_interval
        )

    def _batch_time(self) -> BatchTime:
        time = self._dependencies.monotonic
        return BatchTime(
            self.clock, self._now(), self.clock_at_begin, time, time() + self._config.batch_time
        )

    def _now(self) -> int | None:
        if self._clock_tp is None:
            return int(self._dependencies.time() * 1_000_000)
        pending = self._instant.at if self._instant else 0
        return max(self.clock, pending, self.tick.at if self.tick else 0) or None

    def _make_batch(self, changes: Changes) -> Batch:
        """Apply the changes to the rows, and return them with all pending offsets.

        A batch with outputs also writes to the changelog, where the next owner can detect a lost
        transaction marker (decision 34).
        """
        if self._unwritten_clock is not None:
            changes.rows.setdefault(CLOCK_KEY, Row(self._unwritten_clock, None))
            self._unwritten_clock = None
        if changes.outputs and not changes.rows:
            changes.rows[CLOCK_KEY] = Row(self._stored_clock, None)
        elif CLOCK_KEY in changes.rows:
            self._stored_clock = changes.rows[CLOCK_KEY].value
        removes_rows = False
        for key, row in changes.rows.items():
            if key == CLOCK_KEY:
                continue
            if row.value is None:
                removes_rows = self.rows.pop(key, None) is not None or removes_rows
            else:
                self.rows[key] = row.value
            self.timers.put(key, row.wake_at)
        offsets, self._pending_offsets = self._pending_offsets, {}
        records, self._records = self._records, 0
        return Batch(changes, offsets, records, removes_rows)


def _unprocessed(items: Sequence[Item], changes: Changes) -> Sequence[Item]:
    """The items that the handler has not processed."""
    return () if changes.processed is None else items[changes.processed :]
