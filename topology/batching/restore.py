"""Restore: a partition's rows, read back from the changelog in bulk."""

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
"""Seconds between two lines about how far a restore has come."""


class Restored(NamedTuple):
    """The rows of a partition, and how far its clock had come (0 if it never ran)."""

    rows: dict[bytes, bytes]
    clock: int


class RestoreProgress:
    """How far a restore has come. `begin`, `at` and `end` are offsets of the changelog."""

    def __init__(self, time: Callable[[], float]) -> None:
        self.begin = 0
        self.at = 0
        self.end: int | None = None
        self.started = self.reported = time()
        self._time = time

    def start(self, begin: int, end: int) -> None:
        """Begin to read from offset `begin` up to `end`."""
        self.begin = self.at = begin
        self.end = end

    @property
    def seconds(self) -> float:
        """How long it has been under way."""
        return self._time() - self.started

    def advance(self, at: int, partition: int, rows: int) -> None:
        """Say every few seconds how far it has come, and when it will be through."""
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
    """Read the changelog of a partition from its beginning to its end, committed records only.

    Call it once the partition's transactional producer is open: then no transaction is under way.

    Raises:
        MissingMarkerError: a transaction that is over has no end in the changelog (decision 34).
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
