"""Runs one child process, with a log file; it ends when its parent ends."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from services.tools.local_stack import guarded
from services.tools.local_stack.folder import PRIVATE_UMASK

POLL = 0.05
TAIL = 64 * 1024
SERIOUS = re.compile(r"\b(ERROR|FATAL|Error:)")
STACK_FRAME = re.compile(r"\s+at |\s*\.\.\. \d+ more")


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
