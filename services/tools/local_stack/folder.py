"""Folders on disk: made when missing, owned by one server at a time, faults named."""

import asyncio
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.tools.local_stack.errors import (
    DiskFullError,
    FolderInUseError,
    FolderNotWritableError,
)
from services.tools.local_stack.private_folder import make_private

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
NO_ACCESS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST})
ROOM = 16 << 20
POLL = 0.05


@contextmanager
def named_faults(folder: Path) -> Iterator[None]:
    """Turn the system's write errors below `folder` into sentences.

    Raises:
        DiskFullError: the disk or the quota is used up.
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

    It waits up to `patience` seconds for a server that is ending.

    Returns:
        The lock's open descriptor; hand it to the server and close it, then the folder is free
        again in the instant the server's process is gone.

    Raises:
        FolderInUseError: another stack keeps running there.
        FolderOfAnotherError, SharedFolderError: others could read what is kept there.
        DiskFullError, FolderNotWritableError: it cannot be made.
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
