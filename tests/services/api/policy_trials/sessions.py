"""Sessions: which processes live in them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from tests.waits import LONGEST_WAIT_S

_STATE, _PARENT, _SESSION = 0, 1, 3


async def is_gone(session: int) -> bool:
    """Wait until all processes of a session have ended."""
    async with asyncio.timeout(LONGEST_WAIT_S):
        while any(fields[_SESSION] == str(session) for _, fields in _processes()):
            await asyncio.sleep(0.1)
    return True


async def session_of_child(parent: int) -> int:
    """Wait until a process has a child with a session of its own that has children, too."""
    async with asyncio.timeout(LONGEST_WAIT_S):
        while True:
            found = dict(_processes())
            for pid, fields in found.items():
                is_leader = fields[_PARENT] == str(parent) and fields[_SESSION] == str(pid)
                if is_leader and any(each[_PARENT] == str(pid) for each in found.values()):
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
