"""Work is done while others go on, and whatever fails ends it all."""

import asyncio

import pytest

from services.platform.tasks import run_with_background


class Endless:
    """Goes on until it is cancelled, and remembers that it was."""

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
