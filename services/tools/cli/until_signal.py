"""Runs asynchronous work until it ends, or until Ctrl-C or SIGTERM."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

SIGNALS = (signal.SIGINT, signal.SIGTERM)
T = TypeVar("T")


def cancelled_by_signal(work: Coroutine[Any, Any, T]) -> T | None:
    """Run the work; a signal cancels it, once, and lets it clean up. None if that happened."""
    return asyncio.run(_cancelled_when_signalled(work))


def stopped_by_signal(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run work that ends by itself soon after the event that it is given is set."""
    asyncio.run(_with_stop(work))


async def _cancelled_when_signalled(work: Coroutine[Any, Any, T]) -> T | None:
    signalled = asyncio.create_task(_stop_event().wait())
    task = asyncio.create_task(work)
    await asyncio.wait({task, signalled}, return_when=asyncio.FIRST_COMPLETED)
    if not signalled.done():
        signalled.cancel()
        return task.result()
    task.cancel()
    await asyncio.wait({task})
    return None if task.cancelled() else task.result()


async def _with_stop(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    await work(_stop_event())


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
