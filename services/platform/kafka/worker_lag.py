"""Worker lag: how far the workers are behind the sources, and since when a partition stands still.

The workers can't report it themselves: a worker that hangs reports nothing. `GroupLag` asks Kafka,
`StallDetector` compares each answer with those before, and `LagWatch` asks every few seconds.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from schemas import topics
from services.platform.kafka.clients import close_client, new_consumer, start_client
from services.platform.kafka.topic_reader import partitions_of
from topology.batching.offsets import fetch_offsets
from topology.batching.security import OPEN, KafkaSecurity

TIMEOUT_S: Final = 10.0
ASK_EVERY_S: Final = 2.0
STALLED_AFTER_S: Final = 30.0
"""Longer than a restart of a worker takes, or a commit that fails."""
SOURCES: Final = (*topics.SOURCES, topics.JOINS)


class Progress(NamedTuple):
    """How far a partition is: the sum of what is committed, and how many offsets are left."""

    settled: int
    lag: int


class GroupLag:
    """Asks Kafka how far a group is, over a connection of its own; it joins no group."""

    def __init__(self, kafka: str, group: str, security: KafkaSecurity = OPEN) -> None:
        self._kafka = kafka
        self._group = group
        self._security = security
        self._consumer: AIOKafkaConsumer | None = None

    async def ask(self) -> Mapping[int, Progress] | None:
        """Return each partition's progress; None if Kafka does not answer or lacks a source."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._ask(await self._connected())
        except (KafkaError, OSError, TimeoutError):
            return None

    async def close(self) -> None:
        """Close the connection."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await close_client(consumer)

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = new_consumer(
                self._kafka,
                self._security,
                group_id=self._group,  # For its offsets: without topics it does not join.
                request_timeout_ms=int(TIMEOUT_S * 1000),
            )
            await start_client(consumer)
            self._consumer = consumer
        return self._consumer

    async def _ask(self, consumer: AIOKafkaConsumer) -> Mapping[int, Progress] | None:
        places = await partitions_of(consumer, SOURCES)
        if {place.topic for place in places} != set(SOURCES):
            return None
        committed = await fetch_offsets(consumer._coordinator, places)  # noqa: SLF001
        begins = await consumer.beginning_offsets([p for p in places if p not in committed])
        ends = await consumer.end_offsets(places)
        found: dict[int, Progress] = {}
        for place in places:
            at = committed[place].offset if place in committed else begins[place]
            known = found.get(place.partition, Progress(0, 0))
            found[place.partition] = Progress(
                known.settled + at, known.lag + max(0, ends[place] - at)
            )
        return found


class PartitionLag(NamedTuple):
    """How far a partition is behind, and how long it has not moved."""

    partition: int
    lag: int
    since: float | None
    """When it last moved, in seconds since 1970; None if it has no work."""
    for_s: float
    """Seconds since then."""

    @property
    def is_stalled(self) -> bool:
        """Whether it has had work for long, and has not moved."""
        return self.for_s > STALLED_AFTER_S


class _Seen(NamedTuple):
    settled: int
    at: float


class StallDetector:
    """Compares the progress of each partition with earlier ones: pure."""

    def __init__(self) -> None:
        self._seen: dict[int, _Seen] = {}

    def record(
        self, progress: Mapping[int, Progress] | None, now: float
    ) -> tuple[PartitionLag, ...] | None:
        """Record the progress at `now`, in seconds since 1970, and return each partition's lag.

        Without an answer of Kafka (None) nothing is known, and the time without one does not count.
        """
        if progress is None:
            self._seen.clear()
            return None
        return tuple(self._of(number, progress[number], now) for number in sorted(progress))

    def _of(self, number: int, progress: Progress, now: float) -> PartitionLag:
        seen = self._seen.get(number)
        # A partition without work has had none until now.
        if seen is None or not progress.lag or seen.settled != progress.settled:
            seen = self._seen[number] = _Seen(progress.settled, now)
        since = seen.at if progress.lag else None
        return PartitionLag(number, progress.lag, since, now - seen.at)


class LagWatch:
    """The lag of each partition as of the last answer of Kafka. `time` is in seconds since 1970."""

    def __init__(
        self, ask: Callable[[], Awaitable[Mapping[int, Progress] | None]], time: Callable[[], float]
    ) -> None:
        self._ask = ask
        self._time = time
        self._stalls = StallDetector()
        self.partitions: tuple[PartitionLag, ...] | None = None
        """All of them, by number; None if Kafka did not answer, or nobody has asked yet."""

    @property
    def stalled(self) -> tuple[PartitionLag, ...]:
        """The partitions that have work and do not move."""
        return tuple(each for each in self.partitions or () if each.is_stalled)

    async def update(self) -> None:
        """Ask Kafka once."""
        progress = await self._ask()
        self.partitions = self._stalls.record(progress, self._time())

    async def keep_updating(self) -> None:
        """Ask Kafka every few seconds, until cancelled."""
        while True:
            await self.update()
            await asyncio.sleep(ASK_EVERY_S)


@asynccontextmanager
async def watch_lag(
    kafka: str, group: str, security: KafkaSecurity, time: Callable[[], float]
) -> AsyncIterator[LagWatch]:
    """Open a watch with a connection of its own; the caller runs its `keep_updating`."""
    lag = GroupLag(kafka, group, security)
    try:
        yield LagWatch(lag.ask, time)
    finally:
        await lag.close()
