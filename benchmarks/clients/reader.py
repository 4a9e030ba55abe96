"""A reader of the transitions that sees what is committed only, as every subscriber should."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec
from aiokafka import AIOKafkaConsumer

from benchmarks.loads.signup import read_message_id
from schemas.dimensions import Dimension
from schemas.topics import TRANSITIONS
from schemas.transition import Cause


class _Transition(msgspec.Struct):
    dimension: str
    cause: str
    cause_message_id: str | None
    effective_at: datetime


class Seen:
    """What has been seen so far. Times are in seconds since 1970."""

    def __init__(self) -> None:
        self.latencies: dict[str, list[tuple[float, float]]] = {}
        """For each series of sign-ups, when each was meant to be sent, and how long it took."""
        self.by_clock: list[tuple[float, float]] = []
        """For each transition that came because nothing happened, when it was due and seen."""

    def take(self, value: bytes, now: float) -> None:
        """Take a transition that was seen just now."""
        transition = _DECODE(value)
        if transition.dimension != Dimension.SEGMENT:
            return  # Stage and tier may change with it: one event counts once.
        if transition.cause == Cause.CLOCK:
            self.by_clock.append((transition.effective_at.timestamp(), now))
            return
        signup = read_message_id(transition.cause_message_id or "")
        if signup is not None:
            series, meant = signup
            self.latencies.setdefault(series, []).append((meant, now - meant))


_DECODE = msgspec.json.Decoder(_Transition).decode


@asynccontextmanager
async def reading(kafka: str) -> AsyncIterator[Seen]:
    """Read the transitions from now on, for as long as the block lasts."""
    consumer = AIOKafkaConsumer(
        TRANSITIONS,
        bootstrap_servers=kafka,
        isolation_level="read_committed",
        auto_offset_reset="latest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await consumer.start()
    await consumer.seek_to_end()
    seen = Seen()
    task = asyncio.create_task(_read(consumer, seen))
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.wait([task])
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, seen: Seen) -> None:
    while True:
        for records in (await consumer.getmany(timeout_ms=1_000)).values():
            now = time.time()
            for record in records:
                seen.take(record.value, now)
