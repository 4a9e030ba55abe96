"""Restore: reads a partition's rows from the changelog, in bulk."""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from topology.batching.aiokafka_workarounds import (
    finish_connecting,
    high_watermark,
    start_without_leak,
)
from topology.batching.clock import CLOCK_KEY, decode_clock
from topology.batching.config import BatchConfig
from topology.batching.errors import MissingMarkerError
from topology.batching.record import read_entries
from topology.batching.snapshot_file import Snapshot
from topology.batching.snapshots import PartitionSnapshots, snapshot_misfit

_log = structlog.get_logger(__name__)

_POLL_MS: Final = 500
_REPORT_EVERY: Final = 3.0
"""Seconds between two log lines about a restore."""


class Restored(NamedTuple):
    """The rows of a partition, and its clock (0: none)."""

    rows: dict[bytes, bytes]
    clock: int


class RestoreProgress:
    """The progress of a restore. `begin`, `at` and `end` are offsets of the changelog."""

    def __init__(self, time: Callable[[], float]) -> None:
        self.begin = 0
        self.at = 0
        self.end: int | None = None
        self.read_from = 0
        """The first offset that it reads: with a snapshot, the one after it."""
        self.started = self.reported = time()
        self._time = time

    def start(self, begin: int, at: int, end: int) -> None:
        """Set the changelog's first offset, and those between which the restore reads."""
        self.begin, self.at, self.end = begin, at, end
        self.read_from = at

    @property
    def seconds(self) -> float:
        """Seconds since the start of the restore."""
        return self._time() - self.started

    def advance(self, at: int, partition: int, rows: int) -> None:
        """Record the position. Every few seconds, log it with the estimated time to the end."""
        self.at = at
        if self.end is None or self._time() - self.reported < _REPORT_EVERY:
            return
        self.reported = self._time()
        pace = (at - self.read_from) / max(self.seconds, 0.001)
        _log.info(
            "restoring",
            partition=partition,
            done=f"{(at - self.read_from) / max(self.end - self.read_from, 1):.0%}",
            rows=rows,
            records_per_second=round(pace),
            seconds_left=round((self.end - at) / pace) if pace else None,
        )


async def restore(
    config: BatchConfig,
    partition: int,
    progress: RestoreProgress,
    snapshots: PartitionSnapshots,
) -> Restored:
    """Read the committed records of a partition's changelog: all, or those after a snapshot.

    Call it once the partition's transactional producer is open: then no transaction is open.

    Raises:
        MissingMarkerError: a completed transaction has no marker in the changelog (decision 34).
    """
    tp = TopicPartition(config.changelog, partition)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=config.bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=2 * 1024 * 1024,
        fetch_max_wait_ms=50,
        **config.security.options(),
    )
    try:
        await start_without_leak(consumer)
        read_entries(consumer)
        last = await high_watermark(consumer, tp)
        consumer.assign([tp])
        end = (await consumer.end_offsets([tp]))[tp]
        if end < last:
            raise MissingMarkerError(f"{tp.topic}-{partition}", end, last)
        begin = (await consumer.beginning_offsets([tp]))[tp]
        snapshot = await _usable_snapshot(consumer, tp, snapshots, range(begin, end))
        rows = {} if snapshot is None else snapshot.rows
        start = begin if snapshot is None else snapshot.head.offset
        consumer.seek(tp, start)
        progress.start(begin, start, end)
        if await _read_into(rows, consumer, tp, progress) and snapshot is not None:
            snapshots.discard()  # It has rows that were removed since.
    finally:
        await finish_connecting(consumer._client)
        await consumer.stop()
    clock = rows.pop(CLOCK_KEY, None)
    return Restored(rows, 0 if clock is None else decode_clock(clock))


async def _usable_snapshot(
    consumer: AIOKafkaConsumer, tp: TopicPartition, snapshots: PartitionSnapshots, log: range
) -> Snapshot | None:
    """Return the partition's snapshot, if it fits the changelog with these offsets."""
    snapshot = await snapshots.load()
    if snapshot is None:
        return None
    found = (await consumer.offsets_for_times({tp: snapshot.head.taken_at}))[tp]
    first_newer = None if found is None else found.offset
    misfit = snapshot_misfit(snapshot.head, log, first_newer, snapshots.now())
    if misfit is not None:
        snapshots.refuse(misfit)
        return None
    snapshots.use(snapshot.head)
    return snapshot


async def _read_into(
    rows: dict[bytes, bytes],
    consumer: AIOKafkaConsumer,
    tp: TopicPartition,
    progress: RestoreProgress,
) -> bool:
    """Apply the records up to the end to the rows; return whether they remove a row."""
    removed = False
    while (position := await consumer.position(tp)) < (progress.end or 0):
        progress.advance(position, tp.partition, len(rows))
        for batches in (await consumer.getmany(tp, timeout_ms=_POLL_MS)).values():
            for entries in batches:
                for key, value in entries:
                    if value is None:
                        removed = rows.pop(key, None) is not None or removed
                    else:
                        rows[key] = value
        await asyncio.sleep(0)
    return removed
