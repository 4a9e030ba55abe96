"""Trial process: a trial in a process of its own, for a server that has other work to do.

It runs at the lowest priority, with the two processes of the policies in its session. It ends with
the process that has started it, whatever happens to that one.
"""

import asyncio
import gc
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final, NamedTuple, TypeAlias

from services.platform.faults import FaultError
from services.platform.settings import Settings
from services.trials.side_process import Failed
from services.trials.trial import TrialRequest, run_trial

_LOWEST: Final = 19
"""Everything else on the machine goes first."""


class Progress(NamedTuple):
    """How many records are done, and how many there are."""

    done: int
    total: int


class Finished(NamedTuple):
    """The report, as JSON."""

    report: bytes


News: TypeAlias = Progress | Finished | Failed


class TrialProcess:
    """A trial that runs."""

    def __init__(self, connection: Connection, process: BaseProcess) -> None:
        self._connection = connection
        self._process = process
        self._is_over = False

    async def news(self) -> AsyncIterator[News]:
        """What the process tells, until it has ended."""
        while True:
            try:
                yield await asyncio.to_thread(self._connection.recv)
            except (EOFError, OSError):
                return

    def kill(self) -> None:
        """End it at once, with the processes of the policies."""
        pid = self._process.pid
        if pid is None or self._is_over:
            return  # Its id may be another process's by now.
        self._process.kill()
        with suppress(ProcessLookupError):  # It had not begun a session of its own, or is gone.
            os.killpg(pid, signal.SIGKILL)

    def close(self) -> None:
        """End it, and forget it."""
        self.kill()
        self._is_over = True
        self._process.join()
        self._connection.close()


@contextmanager
def trial_process(request: TrialRequest, settings: Settings, kafka: str) -> Iterator[TrialProcess]:
    """Start a trial, and end it with the block."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, request, settings, kafka))
    process.start()
    theirs.close()
    trial = TrialProcess(ours, process)
    try:
        yield trial
    finally:
        trial.close()


def _run(server: Connection, request: TrialRequest, settings: Settings, kafka: str) -> None:
    """Run the trial. Only errors that a person can put right are sent to the server."""
    os.setsid()
    os.nice(_LOWEST)
    gc.freeze()
    threading.Thread(target=_end_with, args=(server,), daemon=True).start()
    try:
        report = run_trial(
            request, settings, kafka, lambda done, total: server.send(Progress(done, total))
        )
    except FaultError as fault:
        server.send(Failed(str(fault)))
    else:
        server.send(Finished(report.model_dump_json(by_alias=True).encode()))


def _end_with(server: Connection) -> None:
    """Wait until the server has gone, and end this session."""
    with suppress(EOFError, OSError):
        server.recv()
    os.killpg(0, signal.SIGKILL)
