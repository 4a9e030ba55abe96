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
        self.started = self.reported = time()
        self._time = time

    def start(self, begin: int, end: int) -> None:
        """Set the offsets between which the restore reads."""
        self.begin = self.at = begin
        self.end = end

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
        pace = (at - self.begin) / max(self.seconds, 0.001)
        _log.info(
            "restoring",
            partition=partition,
            done=f"{(at - self.begin) / max(self.end - self.begin, 1):.0%}",
            rows=rows,
            records_per_second=round(pace),
            seconds_left=round((self.end - at) / pace) if pace else None,
        )


async def restore(config: BatchConfig, partition: int, progress: RestoreProgress) -> Restored:
    """Read all committed records of a partition's changelog.

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
        max_partition_fetch_bytes=8 * 1024 * 1024,
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
        await consumer.seek_to_beginning(tp)
        progress.start(await consumer.position(tp), end)
        rows = await _read(consumer, tp, end, progress)
    finally:
        await finish_connecting(consumer._client)
        await consumer.stop()
    clock = rows.pop(CLOCK_KEY, None)
    return Restored(rows, 0 if clock is None else decode_clock(clock))


async def _read(
    consumer: AIOKafkaConsumer, tp: TopicPartition, end: int, progress: RestoreProgress
) -> dict[bytes, bytes]:
    rows: dict[bytes, bytes] = {}
    while (position := await consumer.position(tp)) < end:
        progress.advance(position, tp.partition, len(rows))
        for entries in (await consumer.getmany(tp, timeout_ms=_POLL_MS)).values():
            for key, value in entries:
                if value is None:
                    rows.pop(key, None)
                else:
                    rows[key] = value
        await asyncio.sleep(0)
    return rows
