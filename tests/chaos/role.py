"""A process of Stammkunde that can be killed, frozen and started again."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from services.tools.local_stack import guarded

POLL_S: Final = 0.02
STARTED: Final = "--- started\n"


class Role:
    """One worker, projector or API. Its output of all its lives goes to one file."""

    def __init__(self, name: str, command: str, environment: Mapping[str, str], logs: Path) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; on Linux it ends with this process, however that ends."""
        launcher = [sys.executable, "-I", "-S", guarded.__file__, str(os.getpid())]
        with self.log.open("ab") as log:
            log.write(STARTED.encode())
            self._process = subprocess.Popen(
                [*launcher, sys.executable, "-m", "services.tools.cli", self._command],
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def status(self) -> int | None:
        """How it ended, None while it runs."""
        assert self._process is not None
        return self._process.poll()

    @property
    def output(self) -> str:
        """All that it has printed."""
        return self.log.read_text(errors="replace")

    @property
    def has_spoken(self) -> bool:
        """False if its program has not come to say anything yet."""
        return not self.output.endswith(STARTED)

    def kill(self) -> None:
        """Kill -9, if it still runs, also while it is frozen."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Let it stand still, sockets open."""
        self._send(signal.SIGSTOP)

    def wake(self) -> None:
        """Let a frozen one go on."""
        self._send(signal.SIGCONT)

    def terminate(self) -> None:
        """SIGTERM."""
        self._send(signal.SIGTERM)

    async def ended(self, within_s: float = 60) -> int:
        """Wait until it is gone, and return how it ended."""
        async with asyncio.timeout(within_s):
            while (status := self.status) is None:
                await asyncio.sleep(POLL_S)
        return status

    def _send(self, sign: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(sign)
