"""A folder for its owner only: what is known of customers lies in it, and secrets."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from services.tools.local_stack.errors import FolderOfAnotherError, SharedFolderError

OTHERS_RIGHTS: Final = stat.S_IRWXG | stat.S_IRWXO
PRIVATE_UMASK: Final = OTHERS_RIGHTS


def make_private(folder: Path) -> None:
    """Make the folder for its owner only; one that is there already is closed to others.

    Raises:
        FolderOfAnotherError: it belongs to another user, who could open it again.
        SharedFolderError: it is there for all users, such as /tmp.
        OSError: it can't be made or closed.
    """
    folder.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise FolderOfAnotherError(folder, found.st_uid)
    if found.st_mode & stat.S_ISVTX:
        raise SharedFolderError(folder)
    _close(folder, found.st_mode)


def close_entries(entries: Iterable[Path]) -> None:
    """Take the rights of others from files, and from folders with all that is in them.

    Links are left alone, and what is missing or goes away meanwhile.
    """
    for entry in entries:
        _close_entry(entry)
        for path, folders, files in os.walk(entry):
            for name in (*folders, *files):
                _close_entry(Path(path, name))


@contextmanager
def private_files() -> Iterator[None]:
    """While the block runs, what this process and its children make is for their user only."""
    before = os.umask(PRIVATE_UMASK)
    try:
        yield
    finally:
        os.umask(before)


def _close_entry(entry: Path) -> None:
    with suppress(FileNotFoundError):
        mode = entry.lstat().st_mode
        if not stat.S_ISLNK(mode):
            _close(entry, mode)


def _close(path: Path, mode: int) -> None:
    if mode & OTHERS_RIGHTS:
        path.chmod(stat.S_IMODE(mode) & ~OTHERS_RIGHTS)
