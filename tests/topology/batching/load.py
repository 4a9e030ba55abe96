"""Load: a steady stream of events while tests kill workers."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer

from tests.topology.batching.counting import Event
from tests.topology.batching.kafka import producing, send_all
from tests.topology.batching.sandbox import Sandbox


class Load:
    """Sends events that are one microsecond apart until it is stopped.

    With `ticks`, it also sends a tick of the last event's time after each chunk. `events` are the
    events sent so far.
    """

    def __init__(self, sandbox: Sandbox, *, keys: int, seed: int, ticks: bool) -> None:
        self.events: list[Event] = []
        self._sandbox = sandbox
        self._keys = keys
        self._chance = random.Random(seed)
        self._ticks = ticks
        self._enough = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, per_second: int) -> None:
        self._task = asyncio.create_task(self._send(per_second))

    async def stop(self) -> list[Event]:
        """Stop sending, and return all events."""
        self._enough.set()
        if self._task is not None:
            await self._task
        return self.events

    async def _send(self, per_second: int) -> None:
        chunk = per_second // 10
        async with producing(self._sandbox.servers) as producer:
            while not self._enough.is_set():
                await self._send_some(producer, chunk)
                await asyncio.sleep(0.1)

    async def _send_some(self, producer: AIOKafkaProducer, number: int) -> None:
        first = len(self.events)
        more = timely_events(number, self._keys, self._chance, first)
        self.events += more
        await send_all(producer, self._sandbox.records(more))
        if self._ticks:
            await send_all(producer, self._sandbox.ticks(more[-1].at))


def timely_events(number: int, keys: int, chance: random.Random, first: int = 0) -> list[Event]:
    """Make events that are one microsecond apart."""
    return [
        Event(b"key-%d" % chance.randrange(keys), n, at=n + 1) for n in range(first, first + number)
    ]


@asynccontextmanager
async def load(
    sandbox: Sandbox, *, keys: int, seed: int, per_second: int, ticks: bool = False
) -> AsyncIterator[Load]:
    """Send events at about this rate, until `stop` or the end of the block."""
    made = Load(sandbox, keys=keys, seed=seed, ticks=ticks)
    made.start(per_second)
    try:
        yield made
    finally:
        await made.stop()
