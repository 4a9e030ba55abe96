"""Work that is cancelled at a chosen await, and what it leaves open."""

import asyncio
import gc
import warnings
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from itertools import count
from types import coroutine
from typing import Any

Work = Callable[[], Coroutine[Any, Any, None]]


async def left_open_by(work: Work, *, again: bool) -> list[str]:
    """Do the work once for each of its awaits, cancelled there, and return the warnings.

    With `again`, the work is cancelled at each later await, too.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for at in count(1):
            if await _cancelled(work, at, again=again) < at:
                break
        assert at > 1, "the work awaited nothing"
        gc.collect()  # finds what nobody holds
        await asyncio.sleep(0)
    return [str(each.message) for each in caught if each.category is ResourceWarning]


async def _cancelled(work: Work, at: int, *, again: bool) -> int:
    """Do the work; return how often it awaited something."""
    steps = 0

    def cancel_here() -> None:
        nonlocal steps
        steps += 1
        task = asyncio.current_task()
        if task is not None and (steps == at or (again and steps > at)):
            task.cancel()

    with suppress(asyncio.CancelledError):
        await asyncio.create_task(_watched(work(), cancel_here))
    for _ in range(5):  # What it has begun to close is closed now.
        await asyncio.sleep(0)
    return steps


async def _watched(work: Coroutine[Any, Any, None], on_await: Callable[[], None]) -> None:
    await _stepwise(work, on_await)


@coroutine
def _stepwise(
    work: Coroutine[Any, Any, None], on_await: Callable[[], None]
) -> Generator[Any, Any, None]:
    error: BaseException | None = None
    while True:
        try:
            awaited = work.send(None) if error is None else work.throw(error)
        except StopIteration:
            return
        error = None
        on_await()
        try:
            yield awaited
        except BaseException as thrown:  # noqa: BLE001 - the work gets it
            error = thrown
