"""The file `stack.json` in the data folder: where the running stack's servers are."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from services.platform.faults import FaultError
from services.tools.local_stack.folder import named_faults, try_lock

FILE_NAME: Final = "stack.json"
LOCK_NAME: Final = "lock"


class RunningStack(BaseModel):
    """What `stack.json` says: Kafka's `host:port`, and the URLs of Redis and of the API."""

    model_config = ConfigDict(frozen=True)

    kafka: str
    redis: str
    api: str


@contextmanager
def announced(data_dir: Path, stack: RunningStack) -> Iterator[None]:
    """Keep the file there for as long as the block lasts. It is never there half written."""
    file = data_dir / FILE_NAME
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

    A file that a killed stack has left there does not count.

    Raises:
        FaultError: none runs there.
    """
    try:
        said = (data_dir / FILE_NAME).read_bytes()
        stack = RunningStack.model_validate_json(said) if _is_owned(data_dir) else None
    except (OSError, ValidationError):
        stack = None
    if stack is None:
        msg = (
            f"No local stack runs in {data_dir}: start one with `stammkunde up`, or set "
            "KAFKA_BOOTSTRAP_SERVERS and REDIS_URL to the servers to use."
        )
        raise FaultError(msg)
    return stack


def _is_owned(data_dir: Path) -> bool:
    lock = data_dir / LOCK_NAME
    if not lock.exists():
        return False
    descriptor = try_lock(lock)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
