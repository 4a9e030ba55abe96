"""Partition: one partition's rows, its queue and its loop of batches.

While one batch commits, the partition computes the next one, and sends it after that commit. If
anything fails, the worker drops the partition with its rows; the next assignment restores them.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

import structlog
from aiokafka.errors import IllegalStateError
from faust.types import TP

from topology.batching.batches import Batch, Batches, Tick
from topology.batching.completeness import Committed, describe_loss, noted_end, read_handed_on
from topology.batching.config import BatchConfig
from topology.batching.dependencies import Dependencies
from topology.batching.errors import (
    BatchingError,
    CommitFailedError,
    FencedError,
    IncompleteChangelogError,
    MissingMarkerError,
    MissingOffsetsError,
)
from topology.batching.fetch import Fetch
from topology.batching.handler import BatchHandler
from topology.batching.restore import Restored, RestoreProgress, restore
from topology.batching.rounds import PartitionProgress
from topology.batching.writer import TransactionalWriter

_log = structlog.get_logger(__name__)


class Partition:
    """One partition that this worker owns."""

    def __init__(
        self,
        number: int,
        config: BatchConfig,
        handler: BatchHandler,
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
        self._handler = handler
        self._dependencies = dependencies
        self._on_failed = on_failed
        self._tps = tuple(TP(topic, number) for topic in config.topics)
        self._sources = tuple(TP(topic, number) for topic in config.sources)
        self._writer = TransactionalWriter(config, number)
        self._batches = Batches(number, config, handler, dependencies)
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

    async def close(self) -> None:
        """Finish the transaction in flight, and release the partition."""
        await self.drain()
        await self._writer.close()
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
        batches.load(*await self._restore())
        await batches.load_timers()
        rows, seconds = len(batches.rows), self.restore_progress.seconds
        _log.info("partition ready", partition=self.number, rows=rows, seconds=round(seconds, 1))
        self._dependencies.meter.restored(self.number, rows, seconds)
        committed = await self._dependencies.control.committed(self._tps)
        await self._check(committed.values())
        self._check_offsets(committed.values())
        self._writer.changelog_end = self.restore_progress.end or 0
        self._writer.handed_on = read_handed_on(one.note for one in committed.values())
        await self._seek_and_run({tp: one.position for tp, one in committed.items()})

    async def _restore(self) -> Restored:
        try:
            return await restore(self._config, self.number, self.restore_progress)
        except MissingMarkerError as missing:
            _log.warning(
                "the broker lost markers of a transaction, ending it again", reason=str(missing)
            )
            committed = await self._dependencies.control.committed(self._tps)
            # Rows and offsets are one transaction: if the offsets are committed, so are the rows.
            counts = noted_end(committed.values()) > missing.end
            offsets = dict.fromkeys(self._tps, 0)
            await self._writer.write_missing_markers(offsets, committed=counts)
        return await restore(self._config, self.number, self.restore_progress)

    def _check_offsets(self, committed: Iterable[Committed]) -> None:
        """Refuse to start at the beginning of the sources if rows exist: events would count twice.

        The worker writes rows and source offsets in one transaction. So rows without offsets mean
        that the group's offsets have expired or were deleted.
        """
        if not self.rows or any(one.offset is not None for one in committed):
            return
        details = (
            f"partition {self.number} has rows ({len(self.rows)}), but the group "
            f"{self._config.app_id} has no committed offsets of its sources"
        )
        self._refuse(MissingOffsetsError(details))

    async def _check(self, committed: Iterable[Committed]) -> None:
        """Refuse a changelog that lacks records."""
        end = self.restore_progress.end or 0
        missing = describe_loss(self.restore_progress.begin, end, committed)
        if missing is None:
            return
        rows = TP(self._config.changelog, self.number)
        if (await self._dependencies.control.ends([rows]))[rows] > end:
            # This worker was frozen, and another one has continued with the partition.
            msg = f"rows of partition {self.number} were written after they had been restored"
            raise FencedError(msg)
        details = f"partition {self.number} of {self._config.changelog} lacks records: {missing}"
        self._refuse(IncompleteChangelogError(details))

    def _refuse(self, error: BatchingError) -> None:
        """Raise the error, unless the settings accept an incomplete changelog."""
        if not self._config.accepts_incomplete_changelog:
            raise error
        _log.warning(
            "continuing with an incomplete changelog, as the settings say", reason=str(error)
        )

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
        try:
            while not self._stopping:
                batch = await self._next()
                if batch is None:
                    commit = await self._wait(commit)
                    continue
                if commit is not None:
                    await commit
                commit = asyncio.create_task(self._commit(batch))
                await asyncio.sleep(0)  # Let other tasks run.
        finally:
            if commit is not None:
                await commit

    async def _next(self) -> Batch | None:
        """Compute the next batch, one partition at a time, and let other tasks run in between."""
        async with self._dependencies.batch_lock:
            batch = None if self._stopping else self._batches.next()
            if batch is not None:
                await asyncio.sleep(0)
        return batch

    async def _commit(self, batch: Batch) -> None:
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

    async def _wait(self, commit: asyncio.Task[None] | None) -> asyncio.Task[None] | None:
        """Wait for work or for the commit's end, and return the commit if it still runs."""
        wake_up = asyncio.create_task(self._work_available.wait())
        waiting: set[asyncio.Task[Any]] = {wake_up}
        if commit is not None:
            waiting.add(commit)
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            wake_up.cancel()
        self._work_available.clear()
        if commit is not None and commit.done():
            commit.result()
            return None
        return commit
