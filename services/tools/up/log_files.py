"""Follows the log files of the services, line by line."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

POLL_INTERVAL_S: Final = 0.2
MOST_AT_ONCE: Final = 1024 * 1024
"""The most bytes of a file that one poll reads."""

OnLine = Callable[[str, str], None]
"""Gets the role, and a line of its log."""


@dataclass(slots=True)
class _Position:
    """How far a file has been read. A file that was replaced has another inode."""

    inode: int
    read: int = 0
    partial_line: bytes = b""
    """The beginning of a line that has no end yet."""


def _end_of(file: Path) -> _Position:
    found = file.stat()
    return _Position(found.st_ino, found.st_size)


class LogFiles:
    """The log files in a folder, from their ends on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._positions = {file: _end_of(file) for file in folder.glob("*.log")}

    def new_lines(self) -> Iterator[tuple[str, str]]:
        """Yield the lines that were added since the last call, each with its role."""
        for file in sorted(self._folder.glob("*.log")):
            try:
                added = self._read(file)
            except OSError:  # It is being replaced.
                continue
            for line in added:
                if line.strip():
                    yield file.stem, line.decode(errors="replace")

    def _read(self, file: Path) -> list[bytes]:
        with file.open("rb") as log:
            inode = file.stat().st_ino
            position = self._positions.get(file)
            if position is None or position.inode != inode or log.seek(0, 2) < position.read:
                position = self._positions[file] = _Position(inode)
            log.seek(position.read)
            added = log.read(MOST_AT_ONCE)
        position.read += len(added)
        *whole, position.partial_line = (position.partial_line + added).split(b"\n")
        return whole


async def follow_logs(files: LogFiles, on_line: OnLine) -> NoReturn:
    """Pass on every line that is added, until this is cancelled; then the last lines."""
    try:
        while True:
            _pass_on(files, on_line)
            await asyncio.sleep(POLL_INTERVAL_S)
    finally:
        _pass_on(files, on_line)


def _pass_on(files: LogFiles, on_line: OnLine) -> None:
    for role, line in files.new_lines():
        on_line(role, line)
