"""The data folder of one running `up` or `demo`, and the file with its addresses."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from services.platform.faults import FaultError
from services.tools.local_stack.folder import (
    claim,
    close_entries,
    named_faults,
    private_files,
    try_lock,
)

STACK_FILE: Final = "stack.json"


LOCK_NAME: Final = "lock"


SERVER_FOLDERS: Final = ("kafka", "valkey")
OUR_ENTRIES: Final = (
    *SERVER_FOLDERS,
    *("logs", "worker", "replays"),
    *(LOCK_NAME, STACK_FILE, "erasure-salt", "projector-alive"),
)
"""Every entry that Stammkunde makes in a data folder. Other entries belong to somebody else."""


@asynccontextmanager
async def own_data_folder(data_dir: Path) -> AsyncIterator[None]:
    """Make the folder, and own it while the block runs. Only this user can open its files.

    Raises:
        StackError: another process owns it, it belongs to another user, or it can't be written.
    """
    descriptor = await claim(data_dir)
    try:
        await asyncio.to_thread(close_entries, (data_dir / name for name in OUR_ENTRIES))
        with private_files():
            yield
    finally:
        os.close(descriptor)


def require_own_folder(data_dir: Path) -> None:
    """Check that Stammkunde has made a folder that is about to be emptied.

    Raises:
        FaultError: it holds files, and no sign that Stammkunde made it.
    """
    if data_dir.exists() and any(data_dir.iterdir()) and not (data_dir / LOCK_NAME).exists():
        msg = (
            f"The demo would empty {data_dir}, but it holds files that Stammkunde did not make. "
            "Move them away, or set STAMMKUNDE_DATA_DIR to another folder."
        )
        raise FaultError(msg)


async def empty_data_folder(data_dir: Path) -> None:
    """Remove everything from an owned folder, once no server of an earlier run writes to it.

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


class RunningStack(BaseModel):
    """The content of `stack.json`: Kafka's `host:port`, and the URLs of Redis and the API."""

    model_config = ConfigDict(frozen=True)

    kafka: str
    redis: str
    api: str


@contextmanager
def publish_stack(data_dir: Path, stack: RunningStack) -> Iterator[None]:
    """Publish the addresses in `stack.json` while the block runs. The write is atomic."""
    file = data_dir / STACK_FILE
    part = file.with_suffix(".part")
    with named_faults(data_dir):
        part.write_text(json.dumps(stack.model_dump()) + "\n", encoding="utf-8")
        part.replace(file)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def running_stack(data_dir: Path) -> RunningStack:
    """Return the stack that runs in the data folder.

    A file that a killed stack left behind does not count.

    Raises:
        FaultError: no stack runs there.
    """
    try:
        content = (data_dir / STACK_FILE).read_bytes()
        stack = RunningStack.model_validate_json(content) if _is_in_use(data_dir) else None
    except (OSError, ValidationError):
        stack = None
    if stack is None:
        msg = (
            f"No local stack runs in {data_dir}: start one with `stammkunde up`, or set "
            "KAFKA_BOOTSTRAP_SERVERS and REDIS_URL to the servers to use."
        )
        raise FaultError(msg)
    return stack


def _is_in_use(data_dir: Path) -> bool:
    lock = data_dir / LOCK_NAME
    if not lock.exists():
        return False
    descriptor = try_lock(lock)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
