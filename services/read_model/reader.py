"""The read model as the API reads it: always several answers of one instant."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from services.platform.breaker import Breaker, SilentError
from services.platform.outage import Outage
from services.read_model.connection import NotBuiltError, ReadModelAwayError, answer_of, connect
from services.read_model.keys import Keys
from topology.domain.history.instant import Instant, to_datetime

PROBE_S: Final = 2.0
"""How long a server may take to show that it is there."""

Command = Sequence[object]
"""A command of Redis and its arguments."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """How far each partition's clock has come."""

    clocks: Mapping[int, Instant]
    partitions: int
    """How many partitions the rows have."""

    def of(self, partition: int, row_as_of: Instant) -> Instant:
        """The present of a customer: their partition's clock, or their row if that is ahead."""
        return max(row_as_of, self.clocks.get(partition, row_as_of))

    def everywhere(self) -> datetime | None:
        """The instant that every partition's clock has reached, None while one has none.

        Rows don't count: other events of the same day may come before the clock does.
        """
        if len(self.clocks) < self.partitions:
            return None
        return to_datetime(min(self.clocks.values()))


@dataclass(frozen=True, slots=True)
class ReadModel:
    """The read model of one application. Every read raises ReadModelAwayError if Redis is away."""

    redis: Redis
    keys: Keys
    breaker: Breaker

    async def ask(self, *commands: Command) -> tuple[Clocks, Sequence[Any]]:
        """Return the clocks and the answer to each command, all of one instant.

        Raises:
            NotBuiltError: the read model is not there, or not whole yet.
        """
        built, clocks, *answers = await self.ask_anyway(
            ("GET", self.keys.built), ("HGETALL", self.keys.clocks), *commands
        )
        if built is None:
            raise NotBuiltError
        return Clocks({int(each): int(at) for each, at in clocks.items()}, int(built)), answers

    async def ask_anyway(self, *commands: Command) -> Sequence[Any]:
        """Return the answer to each command, of one instant, even of an unfinished read model."""
        pipe = self.redis.pipeline(transaction=True)
        for command in commands:
            pipe.execute_command(*command)
        try:
            answers: list[Any] = await answer_of(self.breaker.call(pipe.execute))
        except SilentError as silent:
            raise ReadModelAwayError(str(silent)) from None
        return answers

    async def as_of(self) -> datetime | None:
        """Return the instant that every partition has reached, None while one has no clock.

        Raises:
            NotBuiltError: the read model is not there, or not whole yet.
        """
        clocks, _ = await self.ask()
        return clocks.everywhere()


@asynccontextmanager
async def open_read_model(
    url: str,
    app_id: str,
    authorities: Path | None,
    outage: Outage,
    on_change: Callable[[bool], None],
) -> AsyncIterator[ReadModel]:
    """Open the read model of an application in the Redis at `url`.

    Its breaker asks Redis over a connection of its own, and notifies `outage` and `on_change`.
    """
    async with (
        connect(url, authorities) as redis,
        connect(url, authorities, answer_s=PROBE_S) as probe,
    ):
        yield ReadModel(redis, Keys.of(app_id), Breaker(lambda: _ping(probe), outage, on_change))


async def _ping(redis: Redis) -> None:
    with suppress(ResponseError):  # A server that refuses is there.
        await redis.ping()
