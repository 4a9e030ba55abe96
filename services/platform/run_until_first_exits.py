"""Tasks that live and end together, even if a cancellation gets lost.

In Python 3.11 `asyncio.wait_for` swallows a cancellation that comes just when its answer does, and
redis-py sends every command like that: whoever must end is therefore told so again.
"""

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")
AGAIN_AFTER_S: Final = 3.0
"""Longer than cleaning up takes, as a rule. What a second cancellation must not end in the middle
is done by `uninterrupted`."""


async def run_until_first_exits(*works: Coroutine[Any, Any, None]) -> None:
    """Do all of it until one ends or fails, then end the others. Raises what the first raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(tasks)
    for task in done:
        task.result()


async def end(tasks: Collection[asyncio.Future[Any]], again_after_s: float = AGAIN_AFTER_S) -> None:
    """Cancel tasks until they have ended, however they end.

    If the caller is cancelled meanwhile, the tasks are still awaited: a task that outlives its
    caller would use a client that the caller has closed, and open its connections again.
    """
    await uninterrupted(_cancel_until_ended(tasks, again_after_s))


async def _cancel_until_ended(tasks: Collection[asyncio.Future[Any]], again_after_s: float) -> None:
    alive = set(tasks)
    while alive:
        for task in alive:
            task.cancel()
        _, alive = await asyncio.wait(alive, timeout=again_after_s)
    for task in tasks:
        if not task.cancelled():
            task.exception()


async def uninterrupted(work: Coroutine[Any, Any, T]) -> T:
    """Do work that takes a short time to its end, then raise a cancellation that came meanwhile."""
    task = asyncio.create_task(work)
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is None:
        return task.result()
    if not task.cancelled():
        task.exception()
    raise cancellation


async def until_stopped(
    work: Coroutine[Any, Any, None], stop: asyncio.Event, again_after_s: float
) -> None:
    """Do the work until it ends, or until `stop` is set: then it is cancelled.

    Raises what the work raised.
    """
    running = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        await end([running], again_after_s)
    if not running.cancelled():
        running.result()
