"""Ends a worker whose event loop is blocked: no task in the loop could notice that."""

import asyncio
import faulthandler
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_SIGNS: Final = 10
"""How many signs of life the loop gives before the time is up."""


@asynccontextmanager
async def ended_when_blocked(seconds: float) -> AsyncIterator[None]:
    """End the process with status 1 if its loop does nothing for so long while the block runs.

    The stack goes to stderr. Heartbeats go on in another thread meanwhile, so the group would not
    notice either.
    """
    alive = asyncio.create_task(_give_signs_of_life(seconds))
    try:
        yield
    finally:
        alive.cancel()
        faulthandler.cancel_dump_traceback_later()


async def _give_signs_of_life(seconds: float) -> None:
    while True:
        faulthandler.dump_traceback_later(seconds, exit=True)
        await asyncio.sleep(seconds / _SIGNS)
