"""Tasks that run side by side, end together, and end however often that takes."""

import asyncio
from contextlib import suppress

import pytest

from services.platform.redact import frames_of
from services.platform.tasks import (
    UnrequestedCancellationError,
    end,
    error_of,
    run_until_first_exits,
    run_with_background,
    uninterrupted,
    until_stopped,
)
from tests.waits import LONGEST_WAIT_S

SOON_S = 0.01


async def deaf(times: int) -> None:
    """Swallow cancellations, as a library does that returns its answer instead."""
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
async def test_a_task_that_swallows_a_cancellation_is_cancelled_again(times: int) -> None:
    task = asyncio.create_task(deaf(times))
    await started(task)
    await end([task], SOON_S)
    assert task.cancelled()


async def test_tasks_may_end_in_any_way() -> None:
    failed, over = asyncio.create_task(fails()), asyncio.create_task(asyncio.sleep(0))
    alive = asyncio.create_task(deaf(0))
    await asyncio.wait([failed, over])
    await end([failed, over, alive])
    assert alive.cancelled()


async def test_a_task_that_fails_ends_the_others_and_its_error_is_raised() -> None:
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
    async with asyncio.timeout(LONGEST_WAIT_S):
        await running


async def test_an_error_of_the_work_is_raised() -> None:
    with pytest.raises(LookupError, match="nothing there"):
        await until_stopped(fails(), asyncio.Event(), SOON_S)


class Endless:
    """Runs until it is cancelled, and records that it was."""

    def __init__(self) -> None:
        self.ended = False

    async def go_on(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = True


async def fail() -> None:
    await asyncio.sleep(0)
    raise ValueError


async def answer() -> int:
    for _ in range(3):
        await asyncio.sleep(0)
    return 42


async def test_the_work_decides_on_the_end() -> None:
    other = Endless()
    assert await run_with_background(answer(), other.go_on()) == 42
    assert other.ended


async def test_others_may_end_earlier() -> None:
    assert await run_with_background(answer(), asyncio.sleep(0)) == 42


async def test_another_that_fails_ends_the_work() -> None:
    work, other = Endless(), Endless()
    with pytest.raises(ValueError, match=r"^$"):
        await run_with_background(work.go_on(), other.go_on(), fail())
    assert (work.ended, other.ended) == (True, True)


async def test_work_that_fails_ends_the_others() -> None:
    other = Endless()
    with pytest.raises(ValueError, match=r"^$"):
        await run_with_background(fail(), other.go_on())
    assert other.ended


async def test_a_cancellation_reaches_all() -> None:
    work, other = Endless(), Endless()
    task = asyncio.create_task(run_with_background(work.go_on(), other.go_on()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (work.ended, other.ended) == (True, True)


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


async def cancelled_by_nobody() -> None:
    """Raise CancelledError, as a call in a library may."""
    await asyncio.sleep(0)
    raise asyncio.CancelledError


async def test_a_cancellation_that_nobody_asked_for_is_an_error() -> None:
    """Else the caller would end as if somebody had asked for that."""
    works = (
        run_until_first_exits(cancelled_by_nobody(), Endless().go_on()),
        until_stopped(cancelled_by_nobody(), asyncio.Event(), SOON_S),
        run_with_background(cancelled_by_nobody(), Endless().go_on()),
        run_with_background(Endless().go_on(), cancelled_by_nobody()),
    )
    for work in works:
        with pytest.raises(UnrequestedCancellationError, match="nobody had asked"):
            await work


async def test_such_an_error_names_its_place() -> None:
    task = asyncio.create_task(cancelled_by_nobody())
    await asyncio.wait([task])
    error = error_of(task)
    assert isinstance(error, UnrequestedCancellationError)
    assert any(each.endswith(" cancelled_by_nobody") for each in frames_of(error))
