"""The data folder belongs to one running `up` or `demo` at a time."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from services.platform.faults import FaultError
from services.tools.local_stack.folder import claim
from services.tools.local_stack.private_folder import close_entries, private_files
from services.tools.up.stack_file import FILE_NAME, LOCK_NAME

SERVER_FOLDERS: Final = ("kafka", "valkey")
OURS: Final = (
    *SERVER_FOLDERS,
    *("logs", "worker", "replays"),
    *(LOCK_NAME, FILE_NAME, "erasure-salt", "projector-alive"),
)
"""All that is ever made in a data folder. What else is there is somebody else's."""


@asynccontextmanager
async def owned(data_dir: Path) -> AsyncIterator[None]:
    """Make the folder and own it for as long as the block lasts, for this user only.

    Raises:
        StackError: another process owns it, it belongs to another user, or it can't be written.
    """
    descriptor = await claim(data_dir)
    try:
        await asyncio.to_thread(close_entries, (data_dir / name for name in OURS))
        with private_files():
            yield
    finally:
        os.close(descriptor)


def refuse_strangers(data_dir: Path) -> None:
    """See that a folder that is about to be emptied is one of ours.

    Raises:
        FaultError: it has files in it, and no sign that Stammkunde made it.
    """
    if data_dir.exists() and any(data_dir.iterdir()) and not (data_dir / LOCK_NAME).exists():
        msg = (
            f"{data_dir} would be emptied, but it holds files that Stammkunde did not make: move "
            "them away, or set STAMMKUNDE_DATA_DIR to another folder."
        )
        raise FaultError(msg)


async def empty(data_dir: Path) -> None:
    """Remove everything from an owned folder, once no server of an earlier run writes there.

    Raises:
        StackError: a server of an earlier run does not end.
    """
    for name in SERVER_FOLDERS:
        if (data_dir / name).exists():
            os.close(await claim(data_dir / name))
    await asyncio.to_thread(_remove_all_but_the_lock, data_dir)


def _remove_all_but_the_lock(data_dir: Path) -> None:
    for entry in data_dir.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != LOCK_NAME:
            entry.unlink()
