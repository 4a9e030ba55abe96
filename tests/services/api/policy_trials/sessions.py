"""Sessions: which processes live in them."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from tests.waits import LONGEST_WAIT_S

_SIDES = 2
_STATE, _PARENT, _SESSION = 0, 1, 3


async def is_gone(session: int) -> bool:
    """Wait until all processes of a session have ended."""
    async with asyncio.timeout(LONGEST_WAIT_S):
        while any(fields[_SESSION] == str(session) for _, fields in _processes()):
            await asyncio.sleep(0.1)
    return True


async def frozen_trial(parent: int) -> int:
    """Wait until a process runs a trial, freeze both policies, and return its session.

    Such a trial never ends by itself.
    """
    async with asyncio.timeout(LONGEST_WAIT_S):
        while True:
            found = dict(_processes())
            for pid, fields in found.items():
                sides = [one for one, each in found.items() if each[_PARENT] == str(pid)]
                is_leader = fields[_PARENT] == str(parent) and fields[_SESSION] == str(pid)
                if is_leader and len(sides) == _SIDES:
                    for side in sides:
                        os.kill(side, signal.SIGSTOP)
                    return pid
            await asyncio.sleep(0.05)


def _processes() -> Iterator[tuple[int, list[str]]]:
    """All that live, with the fields of their `stat` after the name."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # It has just ended.
        if fields[_STATE] != "Z":
            yield int(folder.name), fields
