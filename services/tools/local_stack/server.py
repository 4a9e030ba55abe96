"""A server of the local stack: its folder, its ports, its process, and how to know it is ready."""

import asyncio
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from services.tools.local_stack.errors import (
    DiskFullError,
    NotReadyError,
    PortTakenError,
    ServerDiedError,
    StackError,
)
from services.tools.local_stack.folder import claim, is_full, named_faults
from services.tools.local_stack.ports import HOST, choose, is_free
from services.tools.local_stack.process import Process

POLL = 0.05
READY_TIMEOUT = 120.0
STOP_TIMEOUT_S = 30.0
PROBE_TIMEOUT = 5.0


def silent(_line: str) -> None:
    """Report nothing."""


class Server(ABC):
    """One server of the local stack, alone in its folder, on 127.0.0.1 only.

    It may be started again after `stop` or `kill`: on the same port, with the same data. Start it
    from a thread that outlives it (see `Process`).
    """

    name: ClassVar[str]
    port_names: ClassVar[tuple[str, ...]]

    def __init__(
        self, folder: Path, *, port: int | None = None, report: Callable[[str], None] = silent
    ) -> None:
        """Prepare a server that keeps everything in `folder`; nothing is touched before `start`.

        Args:
            folder: its own folder, made when missing.
            port: the port for its clients; None is the one stored in `folder`, else a free one.
            report: gets a line for each step that takes time.
        """
        self.folder = folder.absolute()
        self.report = report
        self.log = self.folder / "server.log"
        self.ports: Mapping[str, int] = {}
        self._fixed: dict[str, int | None] = dict.fromkeys(self.port_names)
        self._fixed[self.port_names[0]] = port
        self._process = Process([], self.log)

    @property
    def address(self) -> str:
        """The `host:port` for its clients.

        Raises:
            KeyError: it has not been started yet.
        """
        return f"{HOST}:{self.ports[self.port_names[0]]}"

    @property
    def pid(self) -> int | None:
        """The process id, None before the first start."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status of its process (negative: the signal), None while it runs."""
        return self._process.status

    @property
    def is_running(self) -> bool:
        """Whether its process runs."""
        return self._process.is_running

    async def start(self, timeout: float = READY_TIMEOUT) -> None:
        """Start the server and wait until it answers, `timeout` seconds at most.

        A failure or a cancellation leaves no process behind.

        Raises:
            StackError: it can't start; the message says why and what to do.
        """
        began = time.monotonic()
        lock = await claim(self.folder)
        try:
            with named_faults(self.folder):
                self.ports = choose(
                    self.name, {**self._fixed, **self.ports}, self.folder / "ports.json"
                )
                self._process = Process(await self.prepare(), self.log)
                self._process.start(keep_open=[lock])
        finally:
            os.close(lock)
        try:
            await self.wait_ready(timeout)
        except BaseException:
            self.kill()
            raise
        self.report(f"{self.name} is up on {self.address} after {time.monotonic() - began:.1f} s")

    async def wait_ready(self, timeout: float = READY_TIMEOUT) -> None:
        """Wait until the server answers in its own protocol, `timeout` seconds at most.

        Raises:
            NotReadyError: it did not answer in time.
            StackError: it has ended.
        """
        try:
            async with asyncio.timeout(timeout):
                while not await self.answers():
                    if not self.is_running:
                        raise self.explain(self._process)
                    await asyncio.sleep(POLL)
        except TimeoutError as late:
            raise NotReadyError(self.name, timeout, self.log) from late

    async def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Stop the server in order, or kill it after `timeout_s` seconds; its data stays."""
        await self._process.stop(timeout_s)

    def kill(self) -> None:
        """Kill the server at once, as kill -9 does; its data stays."""
        self._process.kill()

    def explain(self, ended: Process) -> StackError:
        """Say why a process of this server `ended` before it was ready."""
        log = ended.tail()
        if "No space left on device" in log or is_full(self.folder):
            return DiskFullError(self.folder)
        taken = [port for port in self.ports.values() if not is_free(port)]
        if taken and "Address already in use" in log:
            return PortTakenError(self.name, taken[0])
        return ServerDiedError(self.name, ended.status or 0, ended.last_words(), self.log)

    @abstractmethod
    async def prepare(self) -> list[str]:
        """Prepare the server's folder, and return the command to run there."""

    @abstractmethod
    async def answers(self) -> bool:
        """Ask the server once, in its own protocol, whether it is ready."""
