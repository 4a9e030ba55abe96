"""Reads the records of a trial from Kafka, each partition as an iterator of its own.

The caller computes between two records: Kafka's answers wait meanwhile.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError, OffsetOutOfRangeError

from services.platform.faults import FaultError, KafkaUnreachableError
from services.platform.kafka.clients import close_client, new_consumer, start_client
from services.trials.side import Place
from topology.batching.record import Record, read_records
from topology.batching.security import KafkaSecurity

_WAIT_MS: Final = 200
_BATCH: Final = 2_000
_STALL_S: Final = 30.0
"""How long Kafka may give no record."""


@contextmanager
def reading(
    kafka: str, security: KafkaSecurity, first: Mapping[Place, int], end: Mapping[Place, int]
) -> Iterator[list[Iterator[Record]]]:
    """Connect to Kafka, and yield the records of each partition.

    Raises:
        FaultError: Kafka is away.
    """
    loop = asyncio.new_event_loop()
    places = [each for each in sorted(end) if first[each] < end[each]]
    try:
        begins = {TopicPartition(*each): first[each] for each in places}
        consumer = loop.run_until_complete(_connect(kafka, security, begins))
        try:
            partitions = [_Partition(loop, consumer, each, end[each]) for each in places]
            yield [each.records() for each in partitions]
        finally:
            loop.run_until_complete(close_client(consumer))
    finally:
        loop.close()


async def _connect(
    kafka: str, security: KafkaSecurity, begins: Mapping[TopicPartition, int]
) -> AIOKafkaConsumer:
    consumer = new_consumer(kafka, security, auto_offset_reset="none")
    try:
        await start_client(consumer)
    except KafkaConnectionError:
        raise KafkaUnreachableError(kafka) from None
    read_records(consumer)
    consumer.assign(list(begins))
    for place, offset in begins.items():
        consumer.seek(place, offset)
    return consumer


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
