"""The read model in Redis, as the API reads it: always several answers from one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import TimeoutError as RedisTimeoutError

from services.platform.breaker import Breaker, SilentError
from services.platform.http.problems import NotBuilt
from services.read_model.keys import Keys
from topology.domain.history.instant import Instant, to_datetime

Command = Sequence[object]
"""A command of Redis and its arguments."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """How far each partition's clock has come. Microseconds."""

    clocks: Mapping[int, Instant]
    partitions: int
    """How many there are."""

    def of(self, partition: int, row_as_of: Instant) -> Instant:
        """The present of a customer: their partition's clock, or their row if that is ahead."""
        return max(row_as_of, self.clocks.get(partition, row_as_of))

    def everywhere(self) -> datetime | None:
        """The instant that every partition's clock has reached, None while one has none.

        How far rows are says nothing: others of that day may come before the clock does.
        """
        if len(self.clocks) < self.partitions:
            return None
        return to_datetime(min(self.clocks.values()))


@dataclass(frozen=True, slots=True)
class ReadModel:
    """The read model of one application. Everything raises RedisError if Redis is away."""

    redis: Redis
    keys: Keys
    breaker: Breaker

    async def ask(self, *commands: Command) -> tuple[Clocks, Sequence[Any]]:
        """Return the clocks and the answer to each command, all of one moment.

        Raises:
            NotBuilt: the read model is not there, or not whole yet.
        """
        pipe = self.redis.pipeline(transaction=True)
        pipe.get(self.keys.built)
        pipe.hgetall(self.keys.clocks)
        for command in commands:
            pipe.execute_command(*command)
        built, clocks, *answers = await self.execute(pipe)
        if built is None:
            raise NotBuilt
        return Clocks(_instants(clocks), int(built)), answers

    async def execute(self, pipe: Pipeline) -> list[Any]:
        """Return the answers to what is in a pipeline; at once if Redis is silent."""
        try:
            answers: list[Any] = await self.breaker.call(pipe.execute)
        except SilentError as silent:
            raise RedisTimeoutError(str(silent)) from None
        return answers


def _instants(found: Mapping[bytes, bytes]) -> dict[int, Instant]:
    return {int(partition): int(instant) for partition, instant in found.items()}
