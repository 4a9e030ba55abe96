"""A test's own topics in a real Kafka, a read model in a real Redis, and the roles on them."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from schemas.held import HeldTrigger
from schemas.transition import Transition
from schemas.trigger import Trigger
from services.api.run import run_api
from services.platform.http.request_body import Bounds
from services.platform.settings import Settings
from services.platform.tasks import end
from services.projector.feed import Feed
from services.projector.run import Projector, wall_clock_ms
from services.projector.sources import SourceNames
from services.read_model.keys import Keys
from tests.services.projector.records import json_of, row
from tests.waits import LONGEST_WAIT_S
from topology.batching.aiokafka_workarounds import finish_connecting
from topology.batching.clock import CLOCK_KEY, encode_clock

PASSING = ("owner", "alive", "followed")
"""Keys that show that a projector is there, or was."""


class Sent(NamedTuple):
    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None


@dataclass
class World:
    """One application: its topics, read model, projector and API."""

    kafka: str
    redis_url: str
    redis: Redis
    partitions: int = 3
    app_id: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:12]}")
    ahead_ms: int = 0
    """How far the projector's clock is ahead."""
    salt: bytes | None = None
    _transactions: Iterable[int] = field(default_factory=itertools.count)

    @property
    def keys(self) -> Keys:
        return Keys.of(self.app_id)

    @property
    def names(self) -> SourceNames:
        return SourceNames(
            *(f"{self.app_id}-{each}" for each in ("rows", "moves", "triggers", "held"))
        )

    def row(self, customer: str, *days: float, at: int | None = None, **more: Any) -> Sent:
        return Sent(self.names.rows, at, customer.encode(), row(customer, *days, **more))

    def removed(self, customer: str, at: int | None = None) -> Sent:
        return Sent(self.names.rows, at, customer.encode(), None)

    def clock(self, partition: int, instant: int) -> Sent:
        return Sent(self.names.rows, partition, CLOCK_KEY, encode_clock(instant))

    def clocks(self, instant: int) -> list[Sent]:
        return [self.clock(each, instant) for each in range(self.partitions)]

    def published(self, record: Transition | Trigger | HeldTrigger, at: int | None = None) -> Sent:
        names = self.names
        topic = names.transitions if isinstance(record, Transition) else names.triggers
        if isinstance(record, HeldTrigger):
            topic = names.held
        return Sent(topic, at, record.customer_id.encode(), json_of(record))

    async def create_topics(self, **of_rows: str) -> None:
        async with self._administration() as admin:
            brokers_time = {"message.timestamp.type": "LogAppendTime"}
            await admin.create_topics(
                [
                    NewTopic(
                        name,
                        self.partitions,
                        1,
                        topic_configs={**brokers_time, **(of_rows if role == "rows" else {})},
                    )
                    for name, role in self.names.roles().items()
                ]
            )

    async def delete_topics(self) -> None:
        async with self._administration() as admin:
            await admin.delete_topics(list(self.names.roles()))
            async with asyncio.timeout(LONGEST_WAIT_S):
                while set(self.names.roles()) & set(await admin.list_topics()):
                    await asyncio.sleep(0.05)

    @asynccontextmanager
    async def _administration(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka)
        await admin.start()
        try:
            yield admin
        finally:
            await finish_connecting(admin._client)
            await admin.close()

    async def commit(self, *records: Sent) -> None:
        async with self.transaction() as producer:
            await _send(producer, records)

    async def abort(self, *records: Sent) -> None:
        async with self._producer() as producer:
            await producer.begin_transaction()
            await _send(producer, records)
            await producer.abort_transaction()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AIOKafkaProducer]:
        async with self._producer() as producer, producer.transaction():
            yield producer

    @asynccontextmanager
    async def _producer(self) -> AsyncIterator[AIOKafkaProducer]:
        """One producer. In the end all that it has committed can be read.

        Kafka says that a transaction is committed before all partitions know of it; but who opens
        a producer of the same name waits for that.
        """
        name = f"{self.app_id}-{next(iter(self._transactions))}"
        async with self._opened(name) as producer:
            yield producer
        async with self._opened(name):
            pass

    @asynccontextmanager
    async def _opened(self, name: str) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka, transactional_id=name)
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    def projector(self) -> Projector:
        return Projector(
            kafka=self.kafka,
            redis=self.redis_url,
            names=self.names,
            keys=self.keys,
            now_ms=lambda: wall_clock_ms() + self.ahead_ms,
            salt=self.salt,
        )

    @asynccontextmanager
    async def projecting(self) -> AsyncIterator[asyncio.Task[None]]:
        """A projector that runs."""
        task = asyncio.create_task(self.projector().run())
        try:
            yield task
        finally:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await end([task])
            assert task.cancelled(), task

    async def project(self) -> None:
        """Let a projector catch up with Kafka, and end it."""
        async with self.projecting():
            await self.caught_up()

    async def caught_up(self) -> None:
        """Wait until what Kafka has now is in the read model."""
        last = await self._last_records()

        async def there() -> bool:
            try:
                stored = await self.redis.hgetall(self.keys.offsets)
            except RedisConnectionError:
                return False
            at = {as_bytes(place).decode(): int(offset) for place, offset in stored.items()}
            reached = all(at.get(place, 0) > offset for place, offset in last.items())
            return reached and bool(await self.redis.exists(self.keys.built))

        await eventually(there, "the read model has caught up")

    async def _last_records(self) -> dict[str, int]:
        """The offset of the last committed record of each partition that has one."""
        last: dict[str, int] = {}
        async with Feed(self.kafka, self.names) as feed, asyncio.timeout(LONGEST_WAIT_S):
            sources = await feed.sources()
            await feed.assign(sources.partitions, {})
            ends = await feed.ends()
            while any(at < ends[place] for place, at in (await feed.positions()).items()):
                for place, records in (await feed.next_round(50)).items():
                    last[sources.place(place)] = records[-1].offset
        return last

    async def contents(self) -> dict[str, Any]:
        """All of the read model, apart from the keys that show that a projector lives."""
        found: dict[str, Any] = {}
        async for key in self.redis.scan_iter(match=self.keys.prefix + "*"):
            name = key.decode().removeprefix(self.keys.prefix)
            if name not in PASSING:
                found[name] = await _value(self.redis, key)
        return found

    @asynccontextmanager
    async def serving(
        self,
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
        **settings: Any,
    ) -> AsyncIterator[httpx.AsyncClient]:
        """The API over real HTTP, with these settings."""
        stop, url = asyncio.Event(), asyncio.get_running_loop().create_future()
        chosen = Settings(app_id=self.app_id, api_port=0, **settings)
        task = asyncio.create_task(
            run_api(
                chosen,
                redis=self.redis_url,
                kafka=self.kafka,
                stop=stop,
                on_ready=url.set_result,
                bounds=bounds,
            )
        )
        try:
            await asyncio.wait({task, url}, return_when=asyncio.FIRST_COMPLETED)
            async with httpx.AsyncClient(base_url=await url, timeout=LONGEST_WAIT_S) as client:
                yield client
        finally:
            stop.set()
            async with asyncio.timeout(LONGEST_WAIT_S):
                await task


async def _send(producer: AIOKafkaProducer, records: Iterable[Sent]) -> None:
    reads = [
        await producer.send(each.topic, each.value, each.key, each.partition) for each in records
    ]
    await asyncio.gather(*reads)


async def _value(redis: Redis, key: bytes) -> Any:
    readers: dict[bytes, Callable[[bytes], Any]] = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"set": redis.smembers,
        b"zset": lambda name: redis.zrange(name, 0, -1, withscores=True),
        # A key may be gone between the scan and the look, while the read model is built again.
        b"none": redis.get,
    }
    return await readers[as_bytes(await redis.type(key))](key)


def as_bytes(answer: bytes | str | None) -> bytes:
    """Redis' answer: redis-py's types allow text, which we never ask for."""
    assert isinstance(answer, bytes)
    return answer


async def eventually(holds: Callable[[], Any], what: str, timeout: float = LONGEST_WAIT_S) -> None:
    """Wait until `holds` returns true, or fail with `what` in the message."""
    try:
        async with asyncio.timeout(timeout):
            while not await holds():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"after {timeout:g} s still not: {what}") from None
