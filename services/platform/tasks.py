"""Runs tasks side by side, and ends them together, even if a cancellation gets lost.

In Python 3.11 `asyncio.wait_for` swallows a cancellation that comes just when its answer does, and
redis-py sends every command like that. A task that must end is therefore cancelled again.
"""

import asyncio
from collections.abc import Awaitable, Collection, Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

AGAIN_AFTER_S: Final = 3.0
"""Longer than a task usually takes to clean up. `uninterrupted` protects work that a second
cancellation must not interrupt."""


class UnrequestedCancellationError(Exception):
    """A task ended as cancelled, but nobody had cancelled it: a call in it raised CancelledError.

    Left as it is, the CancelledError would end the caller, too, as if somebody had asked for that.
    """

    def __init__(self) -> None:
        super().__init__("a task was cancelled, although nobody had asked for that")


def error_of(task: asyncio.Future[Any]) -> BaseException | None:
    """Return the error of a task that has ended, None if it has none.

    Call it only for a task that nobody has cancelled: it returns an UnrequestedCancellationError,
    with the place of the CancelledError, for a task that ended as cancelled.
    """
    try:
        return task.exception()
    except asyncio.CancelledError as cancellation:
        return UnrequestedCancellationError().with_traceback(cancellation.__traceback__)


def result_of(task: asyncio.Future[T]) -> T:
    """Return the result of a task that has ended and that nobody has cancelled, or raise."""
    if (error := error_of(task)) is not None:
        raise error
    return task.result()


async def run_until_first_exits(*works: Coroutine[Any, Any, None]) -> None:
    """Run all until one ends or fails, then end the others. Raises what the first one raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(tasks)
    for task in done:
        result_of(task)


async def end(tasks: Collection[asyncio.Future[Any]], again_after_s: float = AGAIN_AFTER_S) -> None:
    """Cancel tasks until all have ended, and ignore their errors.

    If the caller is cancelled meanwhile, it still awaits the tasks: a task that outlives its caller
    would use a client that the caller has closed, and open its connections again.
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
    """Run short work to its end, then raise a cancellation that came meanwhile."""
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
    """Run some work until it ends, or cancel it once `stop` is set. Raises what it raised."""
    running = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        await end([running], again_after_s)
    if running in done or not running.cancelled():
        result_of(running)


async def run_with_background(work: Awaitable[T], *others: Awaitable[Any]) -> T:
    """Run the work beside the others, then end the others. They may end earlier.

    An error of any of them ends all, and is raised.
    """
    main = asyncio.ensure_future(work)
    all_of_them: set[asyncio.Future[Any]] = {main, *map(asyncio.ensure_future, others)}
    under_way = all_of_them
    try:
        while not main.done():
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for ended in done:
                result_of(ended)
        return result_of(main)
    finally:
        await end(all_of_them)
