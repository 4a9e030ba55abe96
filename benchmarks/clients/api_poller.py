"""Asks the API for customers that are just being made, until it knows them."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from aiohttp import ClientSession

from benchmarks.clients.series import Series
from benchmarks.loads.signup import customer_of

EVERY_S: Final = 0.02
SLOWER: Final = 0.04
"""Between two questions about one customer lie so many seconds, or this share of what it has waited
already, if that is more: by so much a latency may be too high. Asking at a fixed pace would itself
bring down an API that has fallen behind."""

_FOUND: Final = 200


async def ask_for(
    api: str, series: Series, numbers: Sequence[int], until: float
) -> list[tuple[float, float]]:
    """Ask for these customers from when their events are meant to be sent, at most `until` then.

    Returns:
        For each that came to be known, when its event was meant, and how long that took.
    """
    async with ClientSession(api) as http:  # Faust brings it, and it takes less than httpx.
        answers = await asyncio.gather(*(_ask(http, series, number, until) for number in numbers))
    return [answer for answer in answers if answer is not None]


async def _ask(
    http: ClientSession, series: Series, number: int, until: float
) -> tuple[float, float] | None:
    meant = series.pace.meant(number)
    await asyncio.sleep(max(0.0, meant - time.time()))
    path = f"/v1/customers/{customer_of(series.name, number)}"
    while not await _knows(http, path):
        now = time.time()
        if now > until:
            return None
        await asyncio.sleep(max(EVERY_S, SLOWER * (now - meant)))
    return meant, time.time() - meant


async def _knows(http: ClientSession, path: str) -> bool:
    async with http.get(path) as answer:
        await answer.read()
        return answer.status == _FOUND
