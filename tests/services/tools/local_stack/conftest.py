"""Fixtures for the local stack: they check processes and ports from outside."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import pytest

from services.tools.local_stack.ports import is_free
from tests.waits import LONGEST_WAIT_S


def holders_of(folder: Path) -> list[int]:
    """The ids of all processes, this one apart, that run in `folder` or below it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            where = (entry / "cwd").resolve(strict=True)
        except OSError:
            continue
        if where.is_relative_to(folder) and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


@pytest.fixture
def assert_nothing_left() -> Callable[[Path, Iterable[int]], None]:
    """Assert that no process runs in a folder, and that the given ports are free."""

    def check(folder: Path, ports: Iterable[int]) -> None:
        assert holders_of(folder) == []
        assert [port for port in ports if not is_free(port)] == []

    return check


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """Wait until a condition holds, and fail if it does not within 15 s."""

    async def wait(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LONGEST_WAIT_S):
            while not condition():
                await asyncio.sleep(0.02)

    return wait
