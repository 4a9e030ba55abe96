"""Puts messages and ticks into Kafka: a tick only once all before it is acknowledged."""

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
from services.tools.replay.arrivals import Arrivals, Arrived
from services.tools.replay.chronology import BEGINNING, Placed
from services.tools.replay.line import SourceLine
from services.tools.replay.pace import Turns
from services.tools.replay.schedule import Tick
from topology.batching.security import OPEN, KafkaSecurity
from topology.domain.history.instant import from_datetime

MOST_UNDER_WAY: Final = 5_000
"""Records sent and not yet acknowledged."""
BATCH_BYTES: Final = 1 << 18
"""A batch of one partition. With aiokafka's 16 KiB, 200,000 messages took 38 s instead of 25 s."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What Kafka has acknowledged. `unrecognised` messages are among `messages`."""

    messages: int = 0
    unrecognised: int = 0
    ticks: int = 0
    now: datetime | None = None
    refused: dict[str, int] = field(default_factory=dict)
    """Of the messages those that the workers' decoder refuses, by reason."""


NOTHING_YET: Final = Progress()

Report = Callable[[Progress], None]

Validator = Callable[[SourceLine], str | None]
"""Gives the reason for which the workers will refuse a line; None if they take it."""

Headers = Sequence[tuple[str, bytes]]
"""Headers of a record."""


def headers_of(line: SourceLine, common: Headers) -> Headers:
    """The headers of a line's record: those of all, and when it came to the first door."""
    if line.received is None:
        return common
    return (*common, received_header(from_datetime(line.received) // 1000))


@asynccontextmanager
async def open_producer(
    kafka: str, security: KafkaSecurity = OPEN
) -> AsyncIterator[AIOKafkaProducer]:
    """Connect an idempotent producer with Kafka's standard partitioner.

    Raises:
        KafkaUnreachableError: nothing answers there.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka,
        acks="all",
        enable_idempotence=True,
        max_batch_size=BATCH_BYTES,
        **security.options(),
    )
    try:
        await producer.start()
    except KafkaConnectionError:
        raise KafkaUnreachableError(kafka) from None
    try:
        yield producer
    finally:
        await producer.stop()


class Sender:
    """Sends step after step, and knows what has been acknowledged."""

    def __init__(  # noqa: PLR0913 - one for each thing that a replay may choose
        self,
        producer: AIOKafkaProducer,
        clock_partitions: int,
        pace: Turns,
        report: Report,
        after: Progress = NOTHING_YET,
        *,
        headers: Headers = (),
        validator: Validator = lambda _: None,
        arrivals: Arrivals | None = None,
    ) -> None:
        self._producer = producer
        self._clock_partitions = range(clock_partitions)
        self._pace = pace
        self._report = report
        self._under_way: list[asyncio.Future[Arrived]] = []
        self._headers = headers
        self._validator = validator
        self._arrivals = Arrivals() if arrivals is None else arrivals
        self._before = after.messages
        self._sent = after

    async def send(self, steps: Iterable[Placed | Tick]) -> Progress:
        """Send everything. The answer counts what was sent, all of it acknowledged.

        Raises:
            FaultError: Kafka refused a message, or went away.
        """
        try:
            for step in steps:
                if isinstance(step, Tick):
                    await self._tick(step.now)
                else:
                    await self._message(step)
            await self._settle()
        except KafkaError as error:
            msg = (
                f"Kafka stopped taking messages after about {self._sent.messages:,} of them "
                f"({type(error).__name__}); replay the file again, what came twice counts once."
            )
            raise FaultError(msg) from error
        return self._sent

    async def _message(self, message: Placed) -> None:
        line = message.line
        await self._pace.wait_for_turn(self._sent.messages - self._before)
        self._under_way.append(await self._hand_over(line))
        self._sent = replace(
            self._sent,
            messages=self._sent.messages + 1,
            unrecognised=self._sent.unrecognised + (not line.recognised),
            now=self._sent.now if message.at == BEGINNING else message.at,
            refused=self._with_refused(self._validator(line)),
        )
        if len(self._under_way) >= MOST_UNDER_WAY:
            await self._settle()

    def _with_refused(self, reason: str | None) -> dict[str, int]:
        refused = self._sent.refused
        return refused if reason is None else {**refused, reason: refused.get(reason, 0) + 1}

    async def _hand_over(self, line: SourceLine) -> "asyncio.Future[Arrived]":
        headers = headers_of(line, self._headers)
        try:
            sent: asyncio.Future[Arrived] = await self._producer.send(
                line.topic, line.value, line.key, headers=list(headers)
            )
        except MessageSizeTooLargeError:
            msg = f"Line {line.number} is larger than Kafka takes ({len(line.value):,} bytes)."
            raise FaultError(msg) from None
        return sent

    async def _tick(self, now: datetime) -> None:
        await self._settle()
        value = ClockTick(now=now).model_dump_json().encode()
        for partition in self._clock_partitions:
            self._under_way.append(
                await self._producer.send(topics.CLOCK, value, partition=partition)
            )
        self._sent = replace(self._sent, ticks=self._sent.ticks + 1, now=now)

    async def _settle(self) -> None:
        """Wait until all that is under way is acknowledged."""
        for record in await asyncio.gather(*self._under_way):
            if record.topic in topics.SOURCES:
                self._arrivals.add(record)
        self._under_way.clear()
        self._report(self._sent)
