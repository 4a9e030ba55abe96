"""A process that stands still for a while."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waits import LONGEST_WAIT_S

RUNS_ON = frozenset("RSD")
"""The states, in /proc, of a thread that may still do something."""


@contextmanager
def frozen(pid: int | None) -> Iterator[None]:
    """Let a process stand still meanwhile: when the block begins, none of its threads runs."""
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        deadline = time.monotonic() + LONGEST_WAIT_S
        while _runs(pid):
            assert time.monotonic() < deadline, "it does not stop"
            time.sleep(0.001)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _runs(pid: int) -> bool:
    """Whether a thread has not stopped yet: a signal reaches one when it is its turn."""
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return any(each.read_text().rpartition(")")[2].split()[0] in RUNS_ON for each in threads)
