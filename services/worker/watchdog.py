"""A watchdog that ends a worker whose event loop is blocked. No task of the loop could do that."""

import asyncio
import faulthandler
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_RESETS: Final = 10
"""How often the loop resets the timer within its time."""


@asynccontextmanager
async def exit_when_blocked(seconds: float) -> AsyncIterator[None]:
    """End the process with status 1 if its loop is blocked for so many seconds.

    It writes the traceback to stderr first. The consumer group would not notice the blocked loop:
    another thread sends the heartbeats.
    """
    alive = asyncio.create_task(_reset_timer(seconds))
    try:
        yield
    finally:
        alive.cancel()
        faulthandler.cancel_dump_traceback_later()


async def _reset_timer(seconds: float) -> None:
    while True:
        faulthandler.dump_traceback_later(seconds, exit=True)
        await asyncio.sleep(seconds / _RESETS)
