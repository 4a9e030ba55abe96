"""Long polls: an answer waits until there is something in it, or the client has gone."""

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
    read: Callable[[], Awaitable[Answer]],
    enough: Callable[[Answer], bool],
    arrivals: Arrivals,
    request: Request,
    seconds: float,
) -> Answer:
    """Return the answer of `read` as soon as it is enough, or the last one after `seconds`."""
    until = time.monotonic() + seconds
    gone = asyncio.create_task(_disconnect(request))
    try:
        while True:
            arrival = arrivals.next()
            answer = await read()
            left = until - time.monotonic()
            if enough(answer) or left <= 0 or arrivals.closed or gone.done():
                return answer
            await _wait_for_either(arrival, gone, min(left, READ_ANYWAY_S))
    finally:
        gone.cancel()


async def _wait_for_either(
    arrival: asyncio.Event, gone: asyncio.Task[None], seconds: float
) -> None:
    waiting = asyncio.create_task(arrival.wait())
    try:
        await asyncio.wait({waiting, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


async def _disconnect(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
