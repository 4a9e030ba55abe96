"""Writes events to Kafka by one idempotent producer, and makes a new one when that has failed."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, NamedTuple, NoReturn

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import topics
from services.platform.breaker import Breaker, SilentError
from services.platform.faults import FaultError
from services.platform.http.problems import KafkaAway, Unavailable
from services.platform.kafka.clients import connected_admin, new_producer
from services.platform.kafka.topics.existing import existing_topics
from services.platform.outage import Outage
from topology.batching.aiokafka_workarounds import finish_connecting, start_without_leak
from topology.batching.security import OPEN, KafkaSecurity

BATCH_BYTES: Final = 1 << 18
"""A batch of one partition, as replays have it."""
REQUEST_S: Final = 5
CONNECT_S: Final = 10.0
AGAIN_S: Final = 0.5
"""Between two attempts to connect."""
GOODBYE_S: Final = 2.0
NEEDED: Final = (*topics.SOURCES, topics.DEAD_LETTERS)

Headers = tuple[tuple[str, bytes], ...]


class Record(NamedTuple):
    """A record to be written."""

    topic: str
    key: bytes | None
    value: bytes
    headers: Headers = ()


class NotAcknowledged(KafkaAway):
    """Kafka has not acknowledged the records."""

    detail = (
        "Kafka has not acknowledged this: send it again, a messageId that comes twice counts "
        "once. If this lasts, start Kafka, or check KAFKA_BOOTSTRAP_SERVERS."
    )


class TopicsMissing(Unavailable):
    """Kafka is there, but not the topics."""

    kind = "topics-missing"

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(
            f"Kafka has no topic {', '.join(names)}: `stammkunde topics create` creates them."
        )


class EventProducer:
    """Writes records. While Kafka is away it raises Unavailable at once."""

    def __init__(
        self,
        kafka: str,
        *,
        timeout_s: float,
        security: KafkaSecurity = OPEN,
        breaker: Breaker | None = None,
    ) -> None:
        self.breaker = breaker
        self._kafka = kafka
        self._timeout_s = timeout_s
        self._security = security
        self._producer: AIOKafkaProducer | None = None
        self._has_tried = asyncio.Event()
        self._failed = asyncio.Event()
        self._overdue: set[asyncio.Future[object]] = set()
        self._problem: Callable[[], Unavailable] = NotAcknowledged
        self._outage = Outage(structlog.get_logger(), "ingest")

    @property
    def up(self) -> bool:
        """True if Kafka is likely to acknowledge a record that is written now."""
        return self._producer is not None and not self._overdue

    async def wait_first_attempt(self) -> None:
        """Wait for the end of the first attempt to connect.

        Raises:
            Unavailable: it takes too long.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._has_tried.wait()
        except TimeoutError:
            raise NotAcknowledged from None

    async def put(self, records: Iterable[Record]) -> None:
        """Write records; return once all replicas have all of them.

        Raises:
            Unavailable: Kafka has not acknowledged all of them in time. It may still take some.
        """
        producer = self._producer
        if producer is None or self._overdue:
            raise self._problem()
        sent: list[asyncio.Future[object]] = []
        try:
            async with asyncio.timeout(self._timeout_s):
                if self.breaker is None:
                    await _send(producer, records, sent)
                else:
                    await self.breaker.call(lambda: _send(producer, records, sent))
        except (TimeoutError, KafkaError, SilentError) as error:
            if producer is self._producer:
                self._wait_on(sent, error)
            raise NotAcknowledged from None
        failures = [failure for each in sent if (failure := each.exception())]
        if failures:
            if producer is self._producer:
                self._give_up(failures[0])
            raise NotAcknowledged

    def _wait_on(self, sent: Iterable["asyncio.Future[object]"], error: Exception) -> None:
        """Refuse all records until these have come to an end: aiokafka never stops trying them."""
        overdue = {each for each in sent if not each.done()}
        if not overdue or isinstance(error, KafkaError):
            self._give_up(error)
        self._overdue |= overdue
        for each in overdue:
            each.add_done_callback(self._settle)

    def _settle(self, late: "asyncio.Future[object]") -> None:
        error = None if late.cancelled() else late.exception()
        if late in self._overdue and error is not None:
            self._give_up(error)
        self._overdue.discard(late)

    def _give_up(self, error: BaseException) -> None:
        if not self._failed.is_set():
            structlog.get_logger().warning("ingest_kafka_failed", error=type(error).__name__)
        self._failed.set()

    async def keep(self) -> NoReturn:
        """Connect, and connect again, until this is cancelled."""
        while True:
            self._failed.clear()
            producer = new_producer(
                self._kafka,
                self._security,
                max_batch_size=BATCH_BYTES,
                request_timeout_ms=REQUEST_S * 1000,
            )
            try:
                is_connected = await self._connect(producer)
                self._producer = producer if is_connected else None
                self._has_tried.set()
                if is_connected:
                    structlog.get_logger().info("ingest_connected")
                    await self._failed.wait()
            finally:
                self._producer = None
                await _close(producer)
                self._overdue.clear()
            await asyncio.sleep(AGAIN_S)

    async def _connect(self, producer: AIOKafkaProducer) -> bool:
        try:
            async with asyncio.timeout(CONNECT_S):
                missing = await self._missing()
                if not missing:
                    await start_without_leak(producer)
        except (KafkaError, FaultError, TimeoutError) as error:
            self._problem = NotAcknowledged
            self._outage.away(str(error) or type(error).__name__)
            return False
        if missing:
            self._problem = lambda: TopicsMissing(missing)
            self._outage.away(f"topics are missing: {', '.join(missing)}")
            return False
        self._problem = NotAcknowledged
        self._outage.back()
        return True

    async def _missing(self) -> list[str]:
        async with connected_admin(self._kafka, self._security) as admin:
            existing = await existing_topics(admin, NEEDED)
        return [name for name in NEEDED if name not in existing]


async def send_all(producer: AIOKafkaProducer, records: Iterable[Record]) -> None:
    """Send records, and return once all replicas have all of them.

    Raises:
        KafkaError: Kafka has not acknowledged one of them.
    """
    sent = [
        await producer.send(topic, value, key, headers=[*headers])
        for topic, key, value, headers in records
    ]
    await asyncio.gather(*sent)


async def _send(
    producer: AIOKafkaProducer, records: Iterable[Record], sent: list[asyncio.Future[object]]
) -> None:
    """Send records, add their futures to `sent`, and wait until Kafka has answered each."""
    for topic, key, value, headers in records:
        sent += [await producer.send(topic, value, key, headers=[*headers])]
    if sent:
        await asyncio.wait(sent)


async def _close(producer: AIOKafkaProducer) -> None:
    """Stop a producer. Its own stop waits for Kafka to take the records that are left, for ever."""
    await finish_connecting(producer.client)
    stopping = asyncio.create_task(producer.stop())
    done, _ = await asyncio.wait([stopping], timeout=GOODBYE_S)
    if not done:
        stopping.cancel()
        await producer.client.close()
        sending = producer._sender.sender_task  # noqa: SLF001 - nothing public ends it
        if sending is not None:
            sending.cancel()
            await asyncio.wait([sending], timeout=GOODBYE_S)
    with suppress(asyncio.CancelledError, KafkaError):
        await stopping
