"""Worker processes that tests start, freeze, kill and stop."""

import os
import pickle
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from time import monotonic, time
from typing import Self

from tests.topology.batching import child
from tests.topology.batching.kafka import eventually
from tests.topology.batching.sandbox import Sandbox
from tests.waits import LONGEST_WAIT_S

_READY = re.compile(r"partition ready\W.*?partition\W*=\W*(\d+)")
_RUNNING = re.compile(r"running at ([\d.]+)")
_ROOT = Path(__file__).parents[3]


class Worker:
    """A worker process. Its output goes to a file, which is printed after the test."""

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self.name = name
        self._sandbox = sandbox
        self._log = sandbox.data_dir / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    @classmethod
    @contextmanager
    def started(cls, sandbox: Sandbox, name: str = "one") -> Iterator[Self]:
        worker = cls(sandbox, name)
        worker.start()
        try:
            yield worker
        finally:
            worker.kill()
            print(f"--- {name}:\n{worker.output}")  # noqa: T201 - shown if the test fails

    def start(self) -> None:
        self._started_at = time()
        settings = pickle.dumps((self._sandbox, self.name)).hex()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, child.__file__, settings],
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def status(self) -> int | None:
        assert self._process is not None
        return self._process.poll()

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def taken_over(self) -> list[int]:
        """The partitions that it has logged as ready, in order."""
        return [int(number) for number in _READY.findall(self.output)]

    @property
    def startup(self) -> float:
        """Seconds that Python and its imports took, before the worker started."""
        return float(_RUNNING.findall(self.output)[-1]) - self._started_at

    def kill(self) -> None:
        """Send SIGKILL, if it still runs."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def terminate(self, timeout: float = LONGEST_WAIT_S) -> float:
        """Send SIGTERM, assert that it exits with status 0, and return the seconds that it took."""
        assert self._process is not None
        began = monotonic()
        self._process.terminate()
        await self.ended(timeout)
        assert self.status == 0, f"{self.name} ended with {self.status}:\n{self.output}"
        return monotonic() - began

    async def ended(self, timeout: float = LONGEST_WAIT_S) -> None:
        await eventually(lambda: self.status is not None, f"{self.name} has ended", timeout)

    @asynccontextmanager
    async def taking_over(
        self, partitions: int, timeout: float = LONGEST_WAIT_S
    ) -> AsyncIterator[None]:
        """Wait until it has taken over this number of partitions since the block began."""
        goal = len(self.taken_over) + partitions
        yield
        await eventually(
            lambda: len(self.taken_over) >= goal,
            f"{self.name} ready with {partitions} more",
            timeout,
        )

    async def until_ready(self, partitions: int = 1, timeout: float = LONGEST_WAIT_S) -> None:
        """Wait until it has taken over this number of partitions from now on."""
        async with self.taking_over(partitions, timeout):
            pass
