"""Ends a worker whose event loop is blocked: nothing that runs in the loop could notice that."""

import asyncio
import faulthandler
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_LOOKS: Final = 10
"""How often the loop says that it is alive before the time is up."""


@asynccontextmanager
async def ended_when_blocked(seconds: float) -> AsyncIterator[None]:
    """End the process with status 1 if its loop does nothing for so long while the block runs.

    Where it was then goes to stderr. Heartbeats go on in another thread meanwhile, so that the
    group would not notice either.
    """
    alive = asyncio.create_task(_say_alive(seconds))
    try:
        yield
    finally:
        alive.cancel()
        faulthandler.cancel_dump_traceback_later()


async def _say_alive(seconds: float) -> None:
    while True:
        faulthandler.dump_traceback_later(seconds, exit=True)
        await asyncio.sleep(seconds / _LOOKS)
