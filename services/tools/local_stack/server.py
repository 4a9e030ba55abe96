"""A server of the local stack: its folder, its ports, its process, and how it becomes ready."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from services.tools.local_stack import guarded
from services.tools.local_stack.errors import (
    DiskFullError,
    NotReadyError,
    PortTakenError,
    ServerDiedError,
    StackError,
)
from services.tools.local_stack.folder import PRIVATE_UMASK, claim, is_full, named_faults
from services.tools.local_stack.ports import HOST, choose, is_free

TAIL = 64 * 1024
SERIOUS = re.compile(r"\b(ERROR|FATAL|Error:)")
STACK_FRAME = re.compile(r"\s+at |\s*\.\.\. \d+ more")
POLL = 0.05
READY_TIMEOUT = 120.0
STOP_TIMEOUT_S = 30.0
PROBE_TIMEOUT = 5.0


class Process:
    """A program that runs until it is stopped, killed, or its parent's thread ends.

    Start it from a thread that lives as long as the program: on Linux the program gets SIGTERM when
    that thread ends. It runs in its own session, so that Ctrl-C in a terminal reaches only the
    parent, which then stops it in order.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        """Prepare `command`; it runs in the folder of `log`, which gets its output.

        The log of the last run is kept with the ending .1.
        """
        self._command = list(command)
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, *, keep_open: Sequence[int] = ()) -> None:
        """Start the program; it inherits the descriptors `keep_open`.

        Raises:
            OSError: the log can't be written, or the program can't be started.
        """
        with suppress(FileNotFoundError):
            self._log.replace(self._log.with_name(self._log.name + ".1"))
        launcher = [sys.executable, "-I", "-S", guarded.__file__, str(os.getpid())]
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                launcher + self._command,
                cwd=self._log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=PRIVATE_UMASK,
                pass_fds=tuple(keep_open),
            )

    @property
    def pid(self) -> int | None:
        """The process id, None before the start."""
        return self._child.pid if self._child else None

    @property
    def status(self) -> int | None:
        """The exit status (negative: the signal), None while it runs or before the start."""
        return self._child.poll() if self._child else None

    @property
    def is_running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._child is not None and self._child.poll() is None

    async def ended(self) -> None:
        """Wait until the program has ended."""
        while self.is_running:
            await asyncio.sleep(POLL)

    async def stop(self, timeout_s: float) -> None:
        """End the program: SIGTERM, and after `timeout_s` seconds, or if cancelled, SIGKILL."""
        if self._child is None or not self.is_running:
            return
        self._child.terminate()
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ended(), timeout_s)
        finally:
            self.kill()

    def kill(self) -> None:
        """End the program and its children at once with SIGKILL, if it still runs."""
        if self._child is not None and self._child.poll() is None:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()

    def last_words(self) -> str:
        """The log's last line with an error, else its last line, else nothing."""
        lines = [line for line in self.tail().splitlines() if line.strip()]
        lines = [line.strip() for line in lines if not STACK_FRAME.match(line)]
        serious = [line for line in lines if SERIOUS.search(line)]
        return (serious or lines or [""])[-1]

    def tail(self) -> str:
        """The last 64 KiB of the log."""
        try:
            with self._log.open("rb") as log:
                log.seek(max(0, self._log.stat().st_size - TAIL))
                return log.read().decode(errors="replace")
        except FileNotFoundError:
            return ""


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
