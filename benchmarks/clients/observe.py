"""Two ways to observe a series: by a reader of the transitions, and by asking the API."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from benchmarks.clients.api_poller import ask_for
from benchmarks.clients.reader import Seen
from benchmarks.clients.series import Series

TIMEOUT_S: Final = 20.0
"""How long after the last event it is waited for all to come out."""

ASKED_PER_S: Final = 10


@dataclass(frozen=True, slots=True)
class Observed:
    """When events were meant to be sent, and how long each took; and how many should have come."""

    latencies: list[tuple[float, float]]
    expected: int

    def after(self, begin: float) -> "Observed":
        """Without those that were meant for a time before `begin`."""
        early = sum(1 for meant, _ in self.latencies if meant < begin)
        kept = [each for each in self.latencies if each[0] >= begin]
        return Observed(kept, self.expected - early)


Observe = Callable[[Series], Awaitable[Observed]]


def by_reader(seen: Seen) -> Observe:
    """Observe every event of the series, by its transition."""

    async def observe(series: Series) -> Observed:
        total = series.pace.total
        latencies = seen.latencies.setdefault(series.name, [])
        until = series.pace.meant(total) + TIMEOUT_S
        while len(latencies) < total and time.time() < until:
            await asyncio.sleep(0.05)
        return Observed(list(latencies), total)

    return observe


def by_api(api: str) -> Observe:
    """Observe some of the events, by asking for their customers."""

    async def observe(series: Series) -> Observed:
        stride = max(1, round(series.pace.rate / ASKED_PER_S))
        numbers = range(stride // 2, series.pace.total, stride)
        until = series.pace.meant(series.pace.total) + TIMEOUT_S
        latencies = await ask_for(api, series, numbers, until)
        return Observed(latencies, len(numbers))

    return observe
