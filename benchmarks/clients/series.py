"""A series of sign-ups: its producer as a process of its own, watched from here."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from benchmarks.environment.stage import Player, Stage, playing
from benchmarks.loads.pace import Pace

_LOOK_EVERY_S = 0.02
_START_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Series:
    """A series that is being produced."""

    name: str
    pace: Pace
    producer: Player

    async def ended(self) -> float:
        """Wait until everything is sent; returns how late the producer was (p99, in ms)."""
        status = await self.producer.process.wait()
        assert status == 0, self.producer.log.read_text(encoding="utf-8")
        lateness: float = _line(self.producer, 1)["late_p99_ms"]
        return lateness


@asynccontextmanager
async def producing(on: Stage, name: str, rate: float, seconds: float) -> AsyncIterator[Series]:
    """Start to produce a series. It begins shortly after the block does."""
    command = ["-m", "benchmarks.clients.steady", name, str(rate), str(seconds)]
    settings = {"STAMMKUNDE_PARTITIONS": str(on.partitions)}
    async with playing(on, f"producer-{name}", command, settings) as producer:
        async with asyncio.timeout(_START_WITHIN_S):
            while not producer.log.read_text(encoding="utf-8").endswith("\n"):
                await producer.check()
                await asyncio.sleep(_LOOK_EVERY_S)
        begin = _line(producer, 0)["begin"]
        yield Series(name, Pace(begin, rate, int(rate * seconds)), producer)


def _line(producer: Player, number: int) -> dict[str, float]:
    line: dict[str, float] = json.loads(
        producer.log.read_text(encoding="utf-8").splitlines()[number]
    )
    return line
