"""Waits with an answer until there is something to say, or the client has gone."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from starlette.requests import Request

from services.read_model.arrivals import Arrivals

READ_ANYWAY_S: Final = 10.0
"""Read at least this often, should Redis lose a message."""

Answer = TypeVar("Answer")


async def wait_for_answer(
    look: Callable[[], Awaitable[Answer]],
    enough: Callable[[Answer], bool],
    arrivals: Arrivals,
    request: Request,
    seconds: float,
) -> Answer:
    """Return what `look` finds as soon as it is enough, or the last of it after `seconds`."""
    until = time.monotonic() + seconds
    gone = asyncio.create_task(_hang_up(request))
    try:
        while True:
            arrival = arrivals.next()
            answer = await look()
            left = until - time.monotonic()
            if enough(answer) or left <= 0 or arrivals.closed or gone.done():
                return answer
            await _either(arrival, gone, min(left, READ_ANYWAY_S))
    finally:
        gone.cancel()


async def _either(arrival: asyncio.Event, gone: asyncio.Task[None], seconds: float) -> None:
    waiting = asyncio.create_task(arrival.wait())
    try:
        await asyncio.wait({waiting, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


async def _hang_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
