"""Partition: one partition's rows, its queue and its loop of batches.

While one batch commits, the next is computed; it is sent only after that commit. If anything fails,
the rows are thrown away with the partition, and the next assignment restores them.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, Final, NamedTuple

import structlog
from aiokafka import ConsumerRecord
from aiokafka.errors import IllegalStateError
from faust.types import TP

from topology.batching.clock import CLOCK_KEY, Instant, encode_clock
from topology.batching.completeness import Committed, what_is_missing
from topology.batching.config import BatchConfig
from topology.batching.errors import CommitFailedError, IncompleteError
from topology.batching.fetch import Fetch
from topology.batching.handler import BatchHandler, Changes, Moment, Row
from topology.batching.intake import Intake
from topology.batching.restore import Progress, restore
from topology.batching.surroundings import Surroundings
from topology.batching.timers import Timers
from topology.batching.writer import TransactionalWriter

_TURN: Final = 10_000
"""Rows that are looked at in one go."""

_log = structlog.get_logger(__name__)


class Tick(NamedTuple):
    """An instant of the clock topic, and the place after its record."""

    at: int
    clock_offset: int


class Work(NamedTuple):
    """What one transaction writes."""

    changes: Changes
    offsets: Mapping[TP, int]
    records: int
    """How many records of the sources went into it."""


class Partition:
    """One partition that this worker owns."""

    def __init__(
        self,
        number: int,
        config: BatchConfig,
        handler: BatchHandler,
        around: Surroundings,
        on_failed: Callable[["Partition", BaseException], None],
    ) -> None:
        self.number = number
        self.rows: dict[bytes, bytes] = {}
        self.clock = 0
        self.failed = False
        self.tick: Tick | None = None
        """The latest tick of the clock topic that no barrier has been read for."""
        self.attempt = 0
        """A number that no other partition of this worker has, nor this one when it comes again."""
        self.commits = 0
        """How many transactions it has committed."""
        self.lag: int | None = None
        """How many offsets were left before the sources' ends when somebody last looked."""
        self.restoring = Progress(around.time)
        """How far the restore has come."""
        self._config = config
        self._handler = handler
        self._around = around
        self._on_failed = on_failed
        self._tps = tuple(TP(topic, number) for topic in config.topics)
        self._clock_tp = TP(config.clock_topic, number) if config.clock_topic else None
        self._writer = TransactionalWriter(config, number)
        self._timers = Timers(self._wake_at)
        self._intake = Intake(
            config.high_water, around.flow.on_buffer_full, around.flow.on_buffer_drop
        )
        self._instant: Instant | None = None
        self._due_had_its_turn = False
        self._unwritten: dict[TP, int] = {}
        self._records = 0
        self._clock_done = 0
        self._clock_written_at = 0.0
        self._committed: Mapping[TP, int] = {}
        self._uncommitted = 0
        self._stirred = asyncio.Event()
        self._running = False
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    # Ownership

    def start(self) -> None:
        """Fence, restore, read the offsets and begin: as a task, so that heartbeats go on."""
        self._task = asyncio.create_task(self._guard(self._open()))

    async def park(self) -> None:
        """Finish the transaction in flight and take no more: the group is rebalancing."""
        self._stopping = True
        self._stirred.set()
        if self._task is None:
            return
        if not self._running and not self._task.done():
            self.failed = True
            self._task.cancel()
        await asyncio.wait([self._task])

    def resume(self) -> None:
        """Go on with the rows at hand, after a rebalance in which the partition stayed here."""
        positions = dict(self._intake.positions)
        if self._clock_tp is not None:
            positions[self._clock_tp] = self._clock_done
        self._task = asyncio.create_task(self._guard(self._seek_and_run(positions)))

    async def close(self) -> None:
        """Let go of the partition, once what is in flight is through."""
        await self.park()
        await self._writer.close()
        self.rows = {}

    @property
    def is_ready(self) -> bool:
        """True while records are being taken: the rows are restored, and the partition is ours."""
        return self._running and not self._stopping

    @property
    def timer_delay(self) -> float:
        """How many seconds ago the row fell due that waits for the longest."""
        first, now = self._timers.first, self._now()
        return 0.0 if first is None or now is None else max(0.0, (now - first) / 1_000_000)

    @property
    def settled(self) -> Mapping[TP, int]:
        """The positions up to which everything has been committed."""
        return self._committed if self._uncommitted else self._intake.positions

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - whatever it is, the partition must not go on
            self.failed = True
            self._on_failed(self, error)
        finally:
            self._running = False

    async def _open(self) -> None:
        await self._writer.open()
        self.rows, self.clock = await restore(self._config, self.number, self.restoring)
        await self._load_timers()
        rows, seconds = len(self.rows), self.restoring.seconds
        _log.info("partition ready", partition=self.number, rows=rows, seconds=round(seconds, 1))
        self._around.meter.restored(self.number, rows, seconds)
        committed = await self._around.control.committed(self._tps)
        self._check(committed.values())
        self._writer.rows_end = self.restoring.end or 0
        await self._seek_and_run({tp: one.position for tp, one in committed.items()})

    def _check(self, committed: Iterable[Committed]) -> None:
        """Refuse a changelog that lacks records."""
        missing = what_is_missing(self.restoring.begin, self.restoring.end or 0, committed)
        if missing is None:
            return
        said = f"partition {self.number} of {self._config.changelog} lacks records: {missing}"
        if not self._config.accepts_incomplete_changelog:
            raise IncompleteError(said)
        _log.warning("going on with an incomplete changelog, as the settings say", reason=said)

    async def _load_timers(self) -> None:
        entries: list[tuple[int, bytes]] = []
        for number, key in enumerate(self.rows):
            if (at := self._wake_at(key)) is not None:
                entries.append((at, key))
            if number % _TURN == 0:
                await asyncio.sleep(0)  # Let the other partitions have their turn.
        self._timers.load(entries)

    def _wake_at(self, key: bytes) -> int | None:
        """When a row is due, by its own word."""
        value = self.rows.get(key)
        return None if value is None else self._handler.wake_at(key, value)

    async def _seek_and_run(self, positions: Mapping[TP, int]) -> None:
        self._stopping = False
        self._instant = self.tick = None
        if self._clock_tp is not None:
            self._clock_done = positions[self._clock_tp]
        epochs = await self._around.control.seek_to(positions)
        self._intake.restart(positions, epochs)
        self._committed = positions
        self._running = True
        self._around.flow.resume_partitions(self._tps)
        await self._run()

    # What comes in

    async def offer(self, fetch: Fetch) -> None:
        """Take a fetch; if something is missing before it, have that fetched again."""
        if not self.is_ready:
            return
        if self._intake.offer(fetch):
            self._stirred.set()
            return
        _log.warning("a fetch went missing, reading it again", partition=self.number)
        place = {fetch.tp: self._intake.received(fetch.tp)}
        try:
            epochs = await self._around.control.seek_to(place)
        except IllegalStateError:
            return  # A rebalance took the partition away: the next assignment seeks anew.
        self._intake.expect(fetch.tp, epochs[fetch.tp])

    @property
    def wants_instant(self) -> bool:
        """True if an instant may be put: there is none under way, and a tick if it needs one."""
        if not self.is_ready or self._instant is not None:
            return False
        return self._clock_tp is None or self.tick is not None

    def put_instant(self, at: int, barrier: Mapping[TP, int], tick: Tick | None) -> None:
        """Let an instant take effect once what its sources held (`barrier`) has been processed.

        With a clock topic the instant is that of `tick`, the latest one before the barrier was
        read; a tick that came in since then waits for a barrier of its own.
        """
        if not self.wants_instant:
            return
        if self.tick is tick:
            self.tick = None
        if tick is None:
            self._instant = Instant(at, barrier)
        else:
            self._instant = Instant(tick.at, barrier, tick.clock_offset)
        self._stirred.set()

    # The loop

    async def _run(self) -> None:
        commit: asyncio.Task[None] | None = None
        try:
            while not self._stopping:
                work = self._next_work()
                if work is None:
                    commit = await self._wait(commit)
                    continue
                if commit is not None:
                    await commit
                commit = asyncio.create_task(self._commit(work))
                await asyncio.sleep(0)  # Let the other partitions have their turn.
        finally:
            if commit is not None:
                await commit

    async def _commit(self, work: Work) -> None:
        positions = dict(self._intake.positions)
        self._uncommitted += 1
        try:
            await self._writer.write(work.changes, work.offsets)
        except CommitFailedError:
            self._around.meter.failed(self.number)
            raise
        self._around.meter.committed(self.number, work.records, work.changes.outputs)
        self._uncommitted -= 1
        self.commits += 1
        self._committed = positions

    async def _wait(self, commit: asyncio.Task[None] | None) -> asyncio.Task[None] | None:
        """Wait until there may be work. A commit that ends meanwhile is looked at at once."""
        stirred = asyncio.create_task(self._stirred.wait())
        waiting: set[asyncio.Task[Any]] = {stirred}
        if commit is not None:
            waiting.add(commit)
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stirred.cancel()
        self._stirred.clear()
        if commit is not None and commit.done():
            commit.result()
            return None
        return commit

    def _next_work(self) -> Work | None:
        """The next batch: of due rows and of records in turn, so that neither waits for long."""
        if self._due_had_its_turn:
            work = self._process_records() or self._process_due()
        else:
            work = self._process_due() or self._process_records()
        return work

    def _process_records(self) -> Work | None:
        self._due_had_its_turn = False
        while self._intake:
            records = self._take_records()
            if records:
                changes = self._handler.on_records(
                    self.number, self.rows, records, Moment(self.clock, self._now())
                )
                return self._work(changes)
        return None

    def _take_records(self) -> list[ConsumerRecord[bytes, bytes]]:
        """Take the next records of the sources; ticks of the clock topic are put aside."""
        taken = self._intake.take(self._config.max_batch)
        for tp, position in taken.positions.items():
            if tp != self._clock_tp:
                self._unwritten[tp] = position
        if self._clock_tp is None or self._clock_tp not in taken.positions:
            self._records += len(taken.records)
            return taken.records
        records = []
        for record in taken.records:
            if record.topic != self._clock_tp.topic:
                records.append(record)
                continue
            at = self._handler.read_tick(record)
            if at is not None:
                self.tick = Tick(max(at, self.tick.at if self.tick else at), record.offset + 1)
        self._around.on_tick()
        self._records += len(records)
        return records

    def _process_due(self) -> Work | None:
        """Let an instant take effect, one batch of due rows at a time.

        From the first of them on it is the clock that records meet: a row that they touch is
        brought up to it before its turn.
        """
        instant = self._instant
        if instant is None or not instant.is_reached(self._intake.positions):
            return None
        self._due_had_its_turn = True
        self.clock = max(self.clock, instant.at)
        due = self._timers.pop_due(instant.at, self._config.max_due)
        changes = Changes()
        if due:
            moment = Moment(self.clock, self._now())
            changes = self._handler.on_due(self.rows, due, instant.at, moment)
        if len(due) == self._config.max_due:
            return self._work(changes)
        self._instant = None
        if self._clock_tp is not None and instant.clock_offset is not None:
            self._clock_done = self._unwritten[self._clock_tp] = instant.clock_offset
        elif not due and not self._clock_is_stale():
            return None
        self._clock_written_at = self._around.time()
        changes.rows[CLOCK_KEY] = Row(encode_clock(self.clock), None)
        return self._work(changes)

    def _clock_is_stale(self) -> bool:
        return self._around.time() - self._clock_written_at >= self._config.clock_commit_interval

    def _now(self) -> int | None:
        if self._clock_tp is None:
            return int(self._around.time() * 1_000_000)
        pending = self._instant.at if self._instant else 0
        return max(self.clock, pending, self.tick.at if self.tick else 0) or None

    def _work(self, changes: Changes) -> Work:
        """Keep the changed rows, and make a transaction of all that is unwritten."""
        for key, row in changes.rows.items():
            if key == CLOCK_KEY:
                continue
            if row.value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row.value
            self._timers.put(key, row.wake_at)
        offsets, self._unwritten = self._unwritten, {}
        records, self._records = self._records, 0
        return Work(changes, offsets, records)
