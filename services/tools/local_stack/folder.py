"""Private folders: made for their owner only, and owned by one server at a time.

They hold the data of customers, and secrets.
"""

import asyncio
import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from services.tools.local_stack.errors import (
    DiskFullError,
    FolderInUseError,
    FolderNotWritableError,
    FolderOfAnotherError,
    SharedFolderError,
)

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
NO_ACCESS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST})
ROOM = 16 << 20
POLL = 0.05
OTHERS_RIGHTS: Final = stat.S_IRWXG | stat.S_IRWXO
PRIVATE_UMASK: Final = OTHERS_RIGHTS


@contextmanager
def named_faults(folder: Path) -> Iterator[None]:
    """Turn the system's write errors below `folder` into errors with a sentence for the user.

    Raises:
        DiskFullError: the disk is full, or the quota is used up.
        FolderNotWritableError: this user may not write there.
    """
    try:
        yield
    except OSError as fault:
        if fault.errno in NO_SPACE:
            raise DiskFullError(folder) from fault
        if fault.errno in NO_ACCESS:
            raise FolderNotWritableError(folder, os.strerror(fault.errno or 0)) from fault
        raise


def is_full(folder: Path) -> bool:
    """Whether the disk that holds `folder` has less than the 16 MiB left that a start needs."""
    return shutil.disk_usage(folder).free < ROOM


def try_lock(file: Path) -> int | None:
    """Lock `file` for this process and those that inherit the descriptor.

    Returns:
        The open descriptor, whose closing in every process frees the lock; None if another
        process holds it.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


async def claim(folder: Path, *, timeout_s: float = 5.0) -> int:
    """Make `folder`, for its owner only, and own it.

    It waits up to `timeout_s` seconds for a server that is ending.

    Returns:
        The open descriptor of the lock. Pass it to the server and close it: then the folder is free
        as soon as the server's process has ended.

    Raises:
        FolderInUseError: another stack still runs there.
        FolderOfAnotherError, SharedFolderError: other users could read its files.
        DiskFullError, FolderNotWritableError: it can't be made.
    """
    file = folder / "lock"
    with named_faults(folder):
        make_private(folder)
        if is_full(folder):
            raise DiskFullError(folder)
        deadline = asyncio.get_running_loop().time() + timeout_s
        while (descriptor := try_lock(file)) is None:
            if asyncio.get_running_loop().time() > deadline:
                raise FolderInUseError(folder, file.read_text() or "unknown")
            await asyncio.sleep(POLL)
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
        except BaseException:
            os.close(descriptor)
            raise
    return descriptor


def make_private(folder: Path) -> None:
    """Make the folder for its owner only; close an existing folder to other users.

    Raises:
        FolderOfAnotherError: it belongs to another user, who could open it again.
        SharedFolderError: it is open to all users, such as /tmp.
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
    """Close files, and folders with their contents, to other users.

    It skips links, and files that are missing or removed meanwhile.
    """
    for entry in entries:
        _close_entry(entry)
        for path, folders, files in os.walk(entry):
            for name in (*folders, *files):
                _close_entry(Path(path, name))


@contextmanager
def private_files() -> Iterator[None]:
    """While the block runs, this process and its children make files for their user only."""
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
