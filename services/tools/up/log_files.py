"""Follows the log files of the services: what is added to them, line by line."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

BETWEEN_LOOKS_S: Final = 0.2
MOST_AT_ONCE: Final = 1024 * 1024
"""So many bytes of a file are read at one look."""

Take = Callable[[str, str], None]
"""Gets the role, and a line of its log."""


@dataclass(slots=True)
class _Place:
    """How far a file has been read. A file that is replaced has another number."""

    number: int
    read: int = 0
    begun: bytes = b""
    """A line that has no end yet."""


def _end_of(file: Path) -> _Place:
    found = file.stat()
    return _Place(found.st_ino, found.st_size)


class LogFiles:
    """The log files in a folder. What was in them before does not count."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places = {file: _end_of(file) for file in folder.glob("*.log")}

    def new_lines(self) -> Iterator[tuple[str, str]]:
        """Read what was added since the last time: the role, and a line of its log."""
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
            number = file.stat().st_ino
            place = self._places.get(file)
            if place is None or place.number != number or log.seek(0, 2) < place.read:
                place = self._places[file] = _Place(number)
            log.seek(place.read)
            added = log.read(MOST_AT_ONCE)
        place.read += len(added)
        *whole, place.begun = (place.begun + added).split(b"\n")
        return whole


async def follow_logs(files: LogFiles, take: Take) -> NoReturn:
    """Hand on every line that is added, until this is cancelled; the last ones then."""
    try:
        while True:
            _hand_on(files, take)
            await asyncio.sleep(BETWEEN_LOOKS_S)
    finally:
        _hand_on(files, take)


def _hand_on(files: LogFiles, take: Take) -> None:
    for role, line in files.new_lines():
        take(role, line)
