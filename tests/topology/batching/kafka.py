"""Kafka helpers of the tests: create topics, send records, read committed records and offsets."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.records_to_delete import RecordsToDelete

from tests.waits import LONGEST_WAIT_S
from topology.batching.aiokafka_workarounds import finish_connecting


class Sent(NamedTuple):
    """A record to send."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None


async def create_topics(
    servers: str, names: Iterable[str], partitions: int, **settings: str
) -> None:
    wanted = list(names)
    async with administration(servers) as admin:
        config = {name.replace("_", "."): value for name, value in settings.items()}
        await admin.create_topics(
            [NewTopic(name, partitions, 1, topic_configs=config) for name in wanted]
        )
        async with asyncio.timeout(LONGEST_WAIT_S):
            # A client that asks for a missing topic floods its log.
            while any(one["error_code"] for one in await admin.describe_topics(wanted)):
                await asyncio.sleep(0.02)


@asynccontextmanager
async def administration(servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def producing(servers: str, **settings: Any) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=servers, linger_ms=5, **settings)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.flush()
        await finish_connecting(producer.client)
        await producer.stop()


async def send_all(producer: AIOKafkaProducer, records: Iterable[Sent]) -> None:
    """Send records in order, and wait until the broker has acknowledged them."""
    waiting = [
        await producer.send(one.topic, one.value, key=one.key, partition=one.partition)
        for one in records
    ]
    await asyncio.gather(*waiting)


async def send(servers: str, records: Iterable[Sent]) -> None:
    async with producing(servers) as producer:
        await send_all(producer, records)


async def delete_before(servers: str, offsets: Mapping[tuple[str, int], int]) -> None:
    """Delete the records of partitions before these offsets, as retention does."""
    async with administration(servers) as admin:
        await admin.delete_records(
            {TopicPartition(*place): RecordsToDelete(end) for place, end in offsets.items()}
        )


async def committed_offsets(servers: str, group: str) -> dict[tuple[str, int], int]:
    async with administration(servers) as admin:
        found = await admin.list_consumer_group_offsets(group)
    return {(tp.topic, tp.partition): place.offset for tp, place in found.items()}


@asynccontextmanager
async def _consuming(servers: str, isolation: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers,
        isolation_level=isolation,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=50,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await finish_connecting(consumer._client)
        await consumer.stop()


class Log:
    """A topic as a read_committed consumer reads it, from its beginning."""

    def __init__(
        self, servers: str, consumer: AIOKafkaConsumer, places: list[TopicPartition]
    ) -> None:
        self._servers = servers
        self._consumer = consumer
        self._places = places
        self.records: list[ConsumerRecord[bytes, bytes]] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, servers: str, topic: str, partitions: int) -> AsyncIterator[Self]:
        async with _consuming(servers, "read_committed") as consumer:
            places = [TopicPartition(topic, number) for number in range(partitions)]
            consumer.assign(places)
            yield cls(servers, consumer, places)

    async def until(
        self, ready: Callable[[Self], bool], what: str, timeout: float = LONGEST_WAIT_S
    ) -> None:
        """Read until `ready`, or fail with a message that `what` did not happen."""
        try:
            async with asyncio.timeout(timeout):
                while not ready(self):
                    await self._read()
        except TimeoutError:
            topic = self._places[0].topic
            got = len(self.records)
            raise AssertionError(
                f"after {timeout:g} s still not: {what} ({got} records read from {topic})"
            ) from None

    async def to_end(self, timeout: float = LONGEST_WAIT_S) -> Self:
        """Read all records that are committed now."""
        async with asyncio.timeout(timeout):
            ends = await self._consumer.end_offsets(self._places)
            while any([await self._consumer.position(tp) < end for tp, end in ends.items()]):
                await self._read()
        return self

    async def to_last_end(self, timeout: float = LONGEST_WAIT_S) -> Self:
        """Wait until no transaction is open and no marker is missing, and read all records."""
        async with (
            asyncio.timeout(timeout),
            _consuming(self._servers, "read_uncommitted") as other,
        ):
            while await self._consumer.end_offsets(self._places) != await other.end_offsets(
                self._places
            ):
                await asyncio.sleep(0.02)
        return await self.to_end()

    async def _read(self) -> None:
        for records in (await self._consumer.getmany(timeout_ms=50)).values():
            self.records.extend(records)


async def eventually(ready: Callable[[], bool], what: str, timeout: float = LONGEST_WAIT_S) -> None:
    """Wait until `ready`, or fail with a message that `what` did not happen."""
    try:
        async with asyncio.timeout(timeout):
            while not ready():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"after {timeout:g} s still not: {what}") from None
