"""Watch: looks every few seconds how far the workers are, whoever asks meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from services.platform.kafka.worker_lag.asking import GroupLag, Progress
from services.platform.kafka.worker_lag.stillness import PartitionLag, Stillness
from topology.batching.security import KafkaSecurity

LOOK_EVERY_S: Final = 2.0


class LagWatch:
    """What the last look has found. `time` is in seconds since 1970."""

    def __init__(
        self, ask: Callable[[], Awaitable[Mapping[int, Progress] | None]], time: Callable[[], float]
    ) -> None:
        self._ask = ask
        self._time = time
        self._stillness = Stillness()
        self.partitions: tuple[PartitionLag, ...] | None = None
        """All of them, by number; None if Kafka can't say, or nobody has looked yet."""

    @property
    def still(self) -> tuple[PartitionLag, ...]:
        """The partitions that have work and stand still."""
        return tuple(each for each in self.partitions or () if each.stands_still)

    async def look(self) -> None:
        """Ask once."""
        progress = await self._ask()
        self.partitions = self._stillness.look(progress, self._time())

    async def keep_looking(self) -> None:
        """Ask every few seconds, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def watching(
    kafka: str, group: str, security: KafkaSecurity, time: Callable[[], float]
) -> AsyncIterator[LagWatch]:
    """Give a watch over a connection of its own; somebody must let it keep looking."""
    lag = GroupLag(kafka, group, security)
    try:
        yield LagWatch(lag.ask, time)
    finally:
        await lag.close()
