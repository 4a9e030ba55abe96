"""Reads the records of a trial from Kafka, each partition as an iterator of its own.

The caller computes between two records: Kafka's answers wait meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from services.platform.faults import FaultError
from services.trials.kafka_connection import connected
from services.trials.side import Place
from topology.batching.record import Record, read_records
from topology.batching.security import KafkaSecurity

_WAIT_MS: Final = 200
_BATCH: Final = 2_000
_STALL_S: Final = 30.0
"""How long Kafka may give no record."""


class Range(NamedTuple):
    """Offsets of a partition, without the end."""

    first: int
    end: int


@contextmanager
def reading(
    kafka: str, security: KafkaSecurity, ranges: Mapping[Place, Range]
) -> Iterator[Mapping[Place, Iterator[Record]]]:
    """Connect to Kafka, and yield the records of each partition; an empty range has none.

    Raises:
        FaultError: Kafka is away.
    """
    loop = asyncio.new_event_loop()
    some = {place: range_ for place, range_ in ranges.items() if range_.first < range_.end}
    begins = {TopicPartition(*place): range_.first for place, range_ in some.items()}
    assigned = _assigned(kafka, security, begins)
    try:
        consumer = loop.run_until_complete(assigned.__aenter__())
        try:
            yield {
                place: _Partition(loop, consumer, place, some[place].end).records()
                if place in some
                else iter(())
                for place in ranges
            }
        finally:
            loop.run_until_complete(assigned.__aexit__(None, None, None))
    finally:
        loop.close()


@asynccontextmanager
async def _assigned(
    kafka: str, security: KafkaSecurity, begins: Mapping[TopicPartition, int]
) -> AsyncIterator[AIOKafkaConsumer]:
    async with connected(kafka, security) as consumer:
        read_records(consumer)
        consumer.assign(list(begins))
        for place, offset in begins.items():
            consumer.seek(place, offset)
        yield consumer


class _Partition:
    """One partition, up to its end."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, consumer: AIOKafkaConsumer, place: Place, end: int
    ) -> None:
        self._loop = loop
        self._consumer = consumer
        self._tp = TopicPartition(*place)
        self._end = end

    def records(self) -> Iterator[Record]:
        """Yield the records.

        Raises:
            FaultError: Kafka has deleted them, or does not answer.
        """
        while some := self._loop.run_until_complete(self._next()):
            for record in some:
                if record.offset >= self._end:
                    return
                yield record

    async def _next(self) -> list[Record]:
        try:
            return await self._fetched()
        except OffsetOutOfRangeError:
            raise FaultError(
                f"Kafka has deleted records of {self._tp.topic} that the trial had not read yet, "
                "since they have reached the end of their retention. Run the command again."
            ) from None
        except (KafkaError, TimeoutError) as error:
            raise FaultError(
                f"Kafka stopped answering for {self._tp.topic} ({type(error).__name__}): "
                "run the command again."
            ) from error

    async def _fetched(self) -> list[Record]:
        """The next records; none at the end, which may be a transaction's marker."""
        clock = self._loop.time
        came_at = clock()
        while await self._consumer.position(self._tp) < self._end:
            found = await self._consumer.getmany(self._tp, timeout_ms=_WAIT_MS, max_records=_BATCH)
            if some := found.get(self._tp):
                return list(some)
            if clock() - came_at > _STALL_S:
                raise TimeoutError
        return []
