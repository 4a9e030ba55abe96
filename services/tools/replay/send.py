"""Sends messages and ticks to Kafka: a tick only once all messages before it are acknowledged."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError, MessageSizeTooLargeError

from schemas import topics
from schemas.clock import ClockTick
from schemas.messages.record_headers import received_header
from services.platform.faults import FaultError, KafkaUnreachableError
from services.platform.kafka.clients import close_client, new_producer, start_client
from services.tools.replay.schedule import BEGINNING, Pacer, Tick, TimedLine
from services.tools.replay.source_lines import SourceLine
from services.tools.replay.worker_refusals import RecordMetadata, SentOffsets
from topology.agents.dead_letters import Refusal
from topology.agents.decode import EventDecoder
from topology.agents.received import as_received
from topology.batching.security import OPEN, KafkaSecurity
from topology.domain.history.instant import from_datetime

MOST_IN_FLIGHT: Final = 5_000
"""The most records that are sent and not yet acknowledged."""
BATCH_BYTES: Final = 1 << 18
"""The batch of a partition. With aiokafka's 16 KiB, 200,000 messages took 38 s instead of 25 s."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What Kafka has acknowledged. `unrecognised` messages are among `messages`."""

    messages: int = 0
    unrecognised: int = 0
    ticks: int = 0
    now: datetime | None = None
    refused: dict[str, int] = field(default_factory=dict)
    """The messages that the workers' decoder refuses, by reason."""


NOTHING_YET: Final = Progress()


Report = Callable[[Progress], None]


Validator = Callable[[SourceLine], str | None]
"""Returns the reason for which the workers will refuse a line; None if they accept it."""


Headers = Sequence[tuple[str, bytes]]
"""Headers of a record."""


def headers_of(line: SourceLine, common: Headers) -> Headers:
    """The headers of a line's record: the common ones, its own, and when its sender sent it."""
    if line.received is None:
        return (*common, *line.headers)
    return (*common, *line.headers, received_header(from_datetime(line.received) // 1000))


@asynccontextmanager
async def open_producer(
    kafka: str, security: KafkaSecurity = OPEN
) -> AsyncIterator[AIOKafkaProducer]:
    """Connect an idempotent producer with Kafka's standard partitioner.

    Raises:
        KafkaUnreachableError: nothing answers there.
    """
    producer = new_producer(kafka, security, max_batch_size=BATCH_BYTES)
    try:
        await start_client(producer)
    except KafkaConnectionError:
        raise KafkaUnreachableError(kafka) from None
    try:
        yield producer
    finally:
        await close_client(producer)


class Sender:
    """Sends step after step, and counts what Kafka has acknowledged."""

    def __init__(  # noqa: PLR0913 - one for each thing that a replay may choose
        self,
        producer: AIOKafkaProducer,
        clock_partitions: int,
        pace: Pacer,
        report: Report,
        after: Progress = NOTHING_YET,
        *,
        headers: Headers = (),
        validator: Validator = lambda _: None,
        sent_offsets: SentOffsets | None = None,
    ) -> None:
        self._producer = producer
        self._clock_partitions = range(clock_partitions)
        self._pace = pace
        self._report = report
        self._in_flight: list[asyncio.Future[RecordMetadata]] = []
        self._headers = headers
        self._validator = validator
        self._sent_offsets = SentOffsets() if sent_offsets is None else sent_offsets
        self._before = after.messages
        self._sent = after

    async def send(self, steps: Iterable[TimedLine | Tick]) -> Progress:
        """Send everything, and return the totals once all of it is acknowledged.

        Raises:
            FaultError: Kafka refused a message, or is away.
        """
        try:
            for step in steps:
                if isinstance(step, Tick):
                    await self._tick(step.now)
                else:
                    await self._message(step)
            await self._flush()
        except KafkaError as error:
            msg = (
                f"Kafka stopped accepting messages after about {self._sent.messages:,} of them "
                f"({type(error).__name__}). Replay the file again: a message that arrives twice "
                "counts once."
            )
            raise FaultError(msg) from error
        return self._sent

    async def _message(self, message: TimedLine) -> None:
        line = message.line
        await self._pace.wait_for_turn(self._sent.messages - self._before)
        self._in_flight.append(await self._hand_over(line))
        self._sent = replace(
            self._sent,
            messages=self._sent.messages + 1,
            unrecognised=self._sent.unrecognised + (not line.recognised),
            now=self._sent.now if message.at == BEGINNING else message.at,
            refused=self._with_refused(self._validator(line)),
        )
        if len(self._in_flight) >= MOST_IN_FLIGHT:
            await self._flush()

    def _with_refused(self, reason: str | None) -> dict[str, int]:
        refused = self._sent.refused
        return refused if reason is None else {**refused, reason: refused.get(reason, 0) + 1}

    async def _hand_over(self, line: SourceLine) -> "asyncio.Future[RecordMetadata]":
        headers = headers_of(line, self._headers)
        try:
            sent: asyncio.Future[RecordMetadata] = await self._producer.send(
                line.topic, line.value, line.key, headers=list(headers)
            )
        except MessageSizeTooLargeError:
            msg = f"Line {line.number} is larger than Kafka accepts ({len(line.value):,} bytes)."
            raise FaultError(msg) from None
        return sent

    async def _tick(self, now: datetime) -> None:
        await self._flush()
        value = ClockTick(now=now).model_dump_json().encode()
        for partition in self._clock_partitions:
            self._in_flight.append(
                await self._producer.send(topics.CLOCK, value, partition=partition)
            )
        self._sent = replace(self._sent, ticks=self._sent.ticks + 1, now=now)

    async def _flush(self) -> None:
        """Wait until Kafka has acknowledged every record in flight."""
        for record in await asyncio.gather(*self._in_flight):
            if record.topic in topics.SOURCES:
                self._sent_offsets.add(record)
        self._in_flight.clear()
        self._report(self._sent)


def validator_of(events: EventDecoder, headers: Headers, now: Callable[[], datetime]) -> Validator:
    """Make a validator of the workers' decoder, for lines that are sent now."""

    def validator(line: SourceLine) -> str | None:
        instant = from_datetime(now())
        record = as_received(
            line.topic, line.value, instant, key=line.key, headers=headers_of(line, headers)
        )
        event = events.decode(record, instant)
        return str(event.reason) if isinstance(event, Refusal) else None

    return validator
