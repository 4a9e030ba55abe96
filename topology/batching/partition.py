"""Partition: one partition's rows, its queue and its loop of batches.

While one transaction commits, records arrive for the next one, which the partition computes then.
With a backlog it computes batches meanwhile: they become one transaction, which follows as soon as
that commit is done. Without one it begins no transaction shortly after the last one. If anything
fails, the worker drops the partition with its rows; the next assignment restores them.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog
from aiokafka.errors import IllegalStateError
from faust.types import TP

from topology.batching.batch import Batch, join_batches
from topology.batching.batches import Batches
from topology.batching.clock import Tick
from topology.batching.completeness import read_handed_on
from topology.batching.config import BatchConfig
from topology.batching.dependencies import Dependencies
from topology.batching.errors import CommitFailedError
from topology.batching.fetch import Fetch
from topology.batching.handlers import HandlerInForce, Handlers, read_up
from topology.batching.opening import Opening
from topology.batching.pace import Pace, unless_done
from topology.batching.restore import RestoreProgress
from topology.batching.rounds import PartitionProgress
from topology.batching.snapshots import PartitionSnapshots
from topology.batching.writer import TransactionalWriter

_log = structlog.get_logger(__name__)


class Partition:
    """One partition that this worker owns."""

    def __init__(
        self,
        number: int,
        config: BatchConfig,
        handlers: Handlers,
        dependencies: Dependencies,
        on_failed: Callable[["Partition", BaseException], None],
    ) -> None:
        self.number = number
        self.failed = False
        self.attempt = 0
        """A number that is unique among all partitions that this worker has opened."""
        self.commits = 0
        """The number of committed transactions."""
        self.lag: int | None = None
        """Offsets to the sources' ends at the last check; None before the first check."""
        self.restore_progress = RestoreProgress(dependencies.time)
        """The progress of the restore."""
        self._config = config
        self._handlers = handlers
        self._dependencies = dependencies
        self._on_failed = on_failed
        self._tps = tuple(TP(topic, number) for topic in config.topics)
        self._sources = tuple(TP(topic, number) for topic in config.sources)
        self._writer = TransactionalWriter(config, number)
        self.snapshots = PartitionSnapshots(config, number, dependencies.time)
        """Its rows, in a file."""
        self._batches = Batches(number, config, handlers, dependencies)
        self._committed: Mapping[TP, int] = {}
        self._work_available = asyncio.Event()
        self._running = False
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Fence, restore, read the offsets and run: in a task, so that heartbeats continue."""
        self._task = asyncio.create_task(self._guard(self._open()))

    async def drain(self) -> None:
        """Finish the transaction in flight, and begin no other: the group is rebalancing."""
        self._stopping = True
        self._work_available.set()
        if self._task is None:
            return
        if not self._running and not self._task.done():
            self.failed = True
            self._task.cancel()
        await asyncio.wait([self._task])

    def resume(self) -> None:
        """Continue with the same rows, after a rebalance that did not move the partition."""
        positions = self._batches.positions
        self._stopping = False
        self._task = asyncio.create_task(self._guard(self._seek_and_run(positions)))

    async def close(self, *, takes_snapshot: bool = False) -> None:
        """Finish the transaction in flight, and release the partition.

        A snapshot may still be in progress then.
        """
        await self.drain()
        await self._writer.close()
        self.snapshots.abandon()
        await self.snapshots.finish()
        if takes_snapshot and not self.failed:
            self._take_snapshot()
        self._batches.rows = {}

    @property
    def is_ready(self) -> bool:
        """True while the partition accepts records: it is restored, and not draining."""
        return self._running and not self._stopping

    @property
    def rows(self) -> Mapping[bytes, bytes]:
        """The rows, by key."""
        return self._batches.rows

    @property
    def in_force(self) -> HandlerInForce:
        """The handler by which it processes."""
        return self._batches.current.in_force

    @property
    def clock(self) -> int:
        """The instant that took effect last, in microseconds since 1970; 0: none."""
        return self._batches.clock

    @property
    def tick(self) -> Tick | None:
        """The latest tick of the clock topic whose barrier has not been read yet."""
        return self._batches.tick

    @property
    def timer_delay(self) -> float:
        """Seconds since the earliest due row fell due."""
        return self._batches.timer_delay

    @property
    def committed_positions(self) -> Mapping[TP, int]:
        """The committed positions of the sources, and the read position of the clock topic."""
        return {**self._batches.intake.positions, **self._committed}

    @property
    def progress(self) -> PartitionProgress:
        """The committed source positions, and the counts of records handed on by then."""
        return PartitionProgress(self._committed, self._writer.handed_on)

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - after any error the partition must stop
            self.failed = True
            self._on_failed(self, error)
        finally:
            self._running = False

    async def _open(self) -> None:
        await self._writer.open()
        batches = self._batches
        opening = Opening(self.number, self._config, self._dependencies, self.restore_progress)
        rows, clock = await opening.restore(self._writer, self.snapshots)
        await read_up(self._handlers, self._dependencies.control.ends)
        batches.load(rows, clock)
        await batches.load_timers()
        count, seconds = len(batches.rows), self.restore_progress.seconds
        _log.info("partition ready", partition=self.number, rows=count, seconds=round(seconds, 1))
        self._dependencies.meter.restored(self.number, count, seconds)
        committed = await self._dependencies.control.committed(self._tps)
        await opening.check(count, committed.values())
        self._writer.changelog_end = self.restore_progress.end or 0
        self._writer.handed_on = read_handed_on(one.note for one in committed.values())
        await self._seek_and_run({tp: one.position for tp, one in committed.items()})

    async def _seek_and_run(self, positions: Mapping[TP, int]) -> None:
        # aiokafka's consumer may swallow a cancellation while it stops. So check whether to stop:
        # else this task would run on while the whole group waits for its end.
        if self._stopping:
            return
        epochs = await self._dependencies.control.seek_to(positions)
        self._batches.restart(positions, epochs)
        self._committed = {tp: positions[tp] for tp in self._sources}
        self._running = True
        self._dependencies.flow.resume_partitions(self._tps)
        await self._run()

    async def offer(self, fetch: Fetch) -> None:
        """Queue a fetch. If records before it are missing, seek back to fetch them again."""
        if not self.is_ready:
            return
        if self._batches.intake.offer(fetch):
            self._work_available.set()
            return
        _log.warning("a fetch is missing, seeking back", partition=self.number)
        position = {fetch.tp: self._batches.intake.received(fetch.tp)}
        try:
            epochs = await self._dependencies.control.seek_to(position)
        except IllegalStateError:
            return  # A rebalance has revoked the partition: the next assignment seeks again.
        self._batches.intake.expect(fetch.tp, epochs[fetch.tp])

    @property
    def accepts_instant(self) -> bool:
        """True if the partition is ready, and `Batches.accepts_instant` is true."""
        return self.is_ready and self._batches.accepts_instant

    def schedule_instant(self, at: int, barrier: Mapping[TP, int], tick: Tick | None) -> None:
        """Schedule an instant, as `Batches.schedule_instant` does, if the partition accepts one."""
        if self.accepts_instant:
            self._batches.schedule_instant(at, barrier, tick)
            self._work_available.set()

    # The loop

    async def _run(self) -> None:
        commit: asyncio.Task[None] | None = None
        computed: Batch | None = None
        pace = Pace(self._config.commit_interval, self._work_available)
        try:
            while not self._stopping:
                if commit is None and computed is not None:
                    commit, computed = asyncio.create_task(self._commit(computed)), None
                    pace.begin()
                    await asyncio.sleep(0)  # Let other tasks run.
                if self.snapshots.is_due(self._writer.changelog_end, len(self.rows)):
                    rest = self._finish(commit, computed)
                    commit = computed = None
                    await rest
                    self._take_snapshot()
                gathers = pace.lets_gather(commit) and not self._batches.has_backlog
                batch = None if gathers else await self._next(computed)
                if batch is None:
                    commit = await pace.wait(commit, gathers=gathers)
                else:
                    computed = batch
                    commit = unless_done(commit)
        finally:
            await self._finish(commit, computed)

    async def _finish(self, commit: asyncio.Task[None] | None, computed: Batch | None) -> None:
        """Wait for a commit in flight, and commit what was computed meanwhile."""
        if commit is not None:
            await commit
        if computed is not None:
            await self._commit(computed)

    async def _next(self, computed: Batch | None = None) -> Batch | None:
        """Compute the next batch, one partition at a time, and let other tasks run in between.

        Returns:
            The batch, which goes on with what was computed before it and waits for a commit. None:
            there is no work, or enough was computed.
        """
        if computed is not None and self._is_full(computed):
            return None
        if self._batches.is_handler_replaced:
            await self._switch()
        async with self._dependencies.batch_lock:
            batch = None if self._stopping else self._batches.next()
            if batch is not None:
                await asyncio.sleep(0)
        return join_batches(computed, batch) if computed and batch else batch

    async def _switch(self) -> None:
        """Change the handler: no batch of this partition is being computed."""
        batches, before = self._batches, self.in_force.version
        await batches.switch()
        _log.info(
            "partition goes on under another version",
            partition=self.number,
            version=self.in_force.version,
            before=before,
            at=batches.clock,
        )

    def _is_full(self, batch: Batch) -> bool:
        """True if no further batch joins this one: it is large, or its time was up."""
        rows, was_cut = batch.changes.rows, batch.changes.processed is not None
        return (
            was_cut
            or len(rows) >= self._config.max_joined
            or batch.records >= self._config.max_batch
        )

    def _take_snapshot(self) -> None:
        """Begin a snapshot. All rows must be committed, so that it fits the changelog's end."""
        self.snapshots.take(self._batches.changelog_rows(), self._writer.changelog_end)

    async def _commit(self, batch: Batch) -> None:
        if batch.removes_rows:
            self.snapshots.discard()
        try:
            await self._writer.write(batch.changes, batch.offsets)
        except CommitFailedError:
            self._dependencies.meter.failed(self.number)
            raise
        self._dependencies.meter.committed(self.number, batch.records, batch.changes.outputs)
        self._dependencies.meter.dropped(self.number, batch.changes.dropped)
        self.commits += 1
        committed = {tp: at for tp, at in batch.offsets.items() if tp in self._committed}
        self._committed = {**self._committed, **committed}
        self._dependencies.on_commit()
