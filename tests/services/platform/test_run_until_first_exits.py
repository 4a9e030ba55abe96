"""Works that live and end together."""

import asyncio
from contextlib import suppress

import pytest

from services.platform.run_until_first_exits import (
    end,
    run_until_first_exits,
    uninterrupted,
    until_stopped,
)

SOON_S = 0.01


async def deaf(times: int) -> None:
    """Swallows cancellations, as a library does that takes its answer for more important."""
    for _ in range(times):
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    await asyncio.Event().wait()


async def fails() -> None:
    raise LookupError("nothing there")


async def started(*works: asyncio.Task[None]) -> None:
    await asyncio.sleep(0)
    assert not any(each.done() for each in works)


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_who_swallows_a_cancellation_is_told_again(times: int) -> None:
    task = asyncio.create_task(deaf(times))
    await started(task)
    await end([task], SOON_S)
    assert task.cancelled()


async def test_it_does_not_matter_how_they_end() -> None:
    failed, over = asyncio.create_task(fails()), asyncio.create_task(asyncio.sleep(0))
    alive = asyncio.create_task(deaf(0))
    await asyncio.wait([failed, over])
    await end([failed, over, alive])
    assert alive.cancelled()


async def test_what_fails_ends_the_others_and_is_raised() -> None:
    other = asyncio.create_task(deaf(0))
    await started(other)

    async def waits() -> None:
        await other

    with pytest.raises(LookupError, match="nothing there"):
        await run_until_first_exits(waits(), fails())
    assert other.cancelled() or other.cancelling()
    await end([other], SOON_S)


async def test_work_is_done_until_it_is_to_stop() -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(until_stopped(deaf(2), stop, SOON_S))
    await started(running)
    stop.set()
    async with asyncio.timeout(10):
        await running


async def test_what_the_work_raises_is_raised() -> None:
    with pytest.raises(LookupError, match="nothing there"):
        await until_stopped(fails(), asyncio.Event(), SOON_S)


async def test_a_caller_that_is_cancelled_still_waits_for_its_tasks() -> None:
    """Else they would go on with clients that the caller closes."""
    cleaned = asyncio.Event()

    async def cleans_up() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(SOON_S)
            cleaned.set()

    task = asyncio.create_task(cleans_up())
    await started(task)
    ending = asyncio.create_task(end([task]))
    await started(ending)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert cleaned.is_set()


async def test_uninterrupted_work_is_done_to_its_end() -> None:
    """The cancellation is raised after that."""
    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(SOON_S)
        done.set()

    task = asyncio.create_task(uninterrupted(work()))
    for _ in range(3):
        await started(task)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()


async def test_uninterrupted_work_gives_its_answer_or_its_error() -> None:
    async def answers() -> int:
        return 1

    assert await uninterrupted(answers()) == 1
    with pytest.raises(LookupError, match="nothing there"):
        await uninterrupted(fails())
