"""Lets the load flow: slowly while faults strike, and the rest at once when they are over."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from schemas import topics
from schemas.clock import ClockTick
from tests.chaos.erasing import ask
from tests.chaos.load import Erasing, Sent, Step, Tick

PAUSE_S: Final = 0.05
GENTLY: Final = 1 / 200
"""The share of what is left of a round that is sent after each pause: so it never dries up."""
A_BURST: Final = 1 / 5
BROKER_AWAY_MS: Final = 180_000
"""How long a record may wait for the broker to come back."""


class Feed:
    """A shop, a social tool and a help desk that wait for a broker that is away."""

    def __init__(self, producer: AIOKafkaProducer, app_id: str, partitions: int) -> None:
        self.sent = 0
        self._app_id = app_id
        self._producer = producer
        self._partitions = range(partitions)
        self._under_way: list[asyncio.Future[Any]] = []
        self._share = GENTLY
        self._stirred = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(cls, kafka: str, app_id: str, partitions: int) -> AsyncIterator["Feed"]:
        """Connect to Kafka, for as long as the block lasts."""
        producer = AIOKafkaProducer(
            bootstrap_servers=kafka,
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=BROKER_AWAY_MS,
        )
        await producer.start()
        try:
            yield cls(producer, app_id, partitions)
        finally:
            await producer.stop()

    async def pour(self, steps: Iterable[Step]) -> None:
        """Send a round, slowly until `hurry`. At its end all is acknowledged."""
        self._share = GENTLY
        left = deque(steps)
        owed = 0.0
        while left:
            owed += len(left) * self._share
            self._share = GENTLY if self._share < 1 else 1
            while owed >= 1 and left:
                owed -= 1
                await self._send(left.popleft())
            await self._pause()
        await self._settle()

    def burst(self) -> None:
        """Send a good part of what is left at once: the next moments are busy."""
        self._stir(A_BURST)

    def hurry(self) -> None:
        """Send the rest of the round at once."""
        self._stir(1)

    def _stir(self, share: float) -> None:
        self._share = share
        self._stirred.set()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), PAUSE_S)
        self._stirred.clear()

    async def _send(self, step: Step) -> None:
        if isinstance(step, Sent):
            self.sent += 1
            self._under_way.append(
                await self._producer.send(
                    step.topic, step.value, step.key, step.partition, headers=[*step.headers]
                )
            )
        elif isinstance(step, Erasing):
            await ask(self._producer, self._app_id, step)
        else:
            await self._tick(step)

    async def _tick(self, tick: Tick) -> None:
        """Send a tick to every partition, after all that was sent before it."""
        await self._settle()
        value = ClockTick(now=tick.now).model_dump_json().encode()
        for partition in self._partitions:
            self._under_way.append(
                await self._producer.send(topics.CLOCK, value, partition=partition)
            )
        await self._settle()

    async def _settle(self) -> None:
        """Wait until all that is under way is acknowledged."""
        await asyncio.gather(*self._under_way)
        self._under_way.clear()
