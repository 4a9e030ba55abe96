"""Restore: a partition's rows, read back from the changelog in bulk."""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from topology.batching.clock import CLOCK_KEY, decode_clock
from topology.batching.config import BatchConfig

_log = structlog.get_logger(__name__)

_POLL_MS: Final = 500
_REPORT_EVERY: Final = 3.0
"""Seconds between two lines about how far a restore has come."""


class Restored(NamedTuple):
    """The rows of a partition, and how far its clock had come (0 if it never ran)."""

    rows: dict[bytes, bytes]
    clock: int


async def restore(config: BatchConfig, partition: int, time: Callable[[], float]) -> Restored:
    """Read the changelog of a partition from its beginning to its end, committed records only."""
    tp = TopicPartition(config.changelog, partition)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=config.bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 * 1024 * 1024,
        fetch_max_wait_ms=50,
    )
    try:
        await consumer.start()
        consumer.assign([tp])
        end = (await consumer.end_offsets([tp]))[tp]
        await consumer.seek_to_beginning(tp)
        rows = await _read(consumer, tp, end, time)
    finally:
        await consumer.stop()
    clock = rows.pop(CLOCK_KEY, None)
    return Restored(rows, 0 if clock is None else decode_clock(clock))


async def _read(
    consumer: AIOKafkaConsumer, tp: TopicPartition, end: int, time: Callable[[], float]
) -> dict[bytes, bytes]:
    rows: dict[bytes, bytes] = {}
    reported = time()
    while (position := await consumer.position(tp)) < end:
        for records in (await consumer.getmany(tp, timeout_ms=_POLL_MS)).values():
            for record in records:
                if record.value is None:
                    rows.pop(record.key, None)
                else:
                    rows[record.key] = record.value
        if time() - reported >= _REPORT_EVERY:
            reported = time()
            _log.info("restoring", partition=tp.partition, at=position, of=end, rows=len(rows))
        await asyncio.sleep(0)
    return rows
