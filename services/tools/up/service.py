"""Runs one service as a child process, with a log file; it ends when its parent ends."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.platform.log_line import format_line, read_line
from services.platform.tasks import uninterrupted
from services.tools.local_stack import guarded
from services.tools.local_stack.folder import named_faults

TIMEOUT_S: Final = 20.0
"""The time that a service has to end after SIGTERM."""
TAIL_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Service:
    """What to run: a subcommand, its additional environment, and the file for its output."""

    name: str
    subcommand: str
    environment: Mapping[str, str]
    log: Path

    def last_lines(self, most: int) -> list[str]:
        """Return the last lines of the log, for people to read."""
        with suppress(FileNotFoundError), self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - TAIL_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
            last = [line for line in lines if line.strip()][-most:]
            return [_in_words(line, self.name) for line in last]
        return []


def _in_words(text: str, role: str) -> str:
    line = read_line(text)
    return format_line(line, role, None, is_coloured=False) if line.level else text


def rotate_log(service: Service) -> None:
    """Begin a new log, and keep that of the last run as `.log.1`."""
    service.log.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        service.log.replace(service.log.with_name(service.log.name + ".1"))


async def run_once(service: Service) -> int:
    """Start the service, wait until it ends, and return its exit status.

    If this is cancelled, it ends the service first: by SIGTERM, and after a time-out by SIGKILL. It
    waits for that end however often it is cancelled. A negative status is the signal that killed
    the service.
    """
    stop = asyncio.Event()
    running = asyncio.create_task(_run(service, stop))
    try:
        await asyncio.wait([running])
    finally:
        stop.set()
        await uninterrupted(asyncio.wait([running]))
    return running.result()


async def _run(service: Service, stop: asyncio.Event) -> int:
    """Run a service until it ends, or end it once `stop` is set. Nobody may cancel this."""
    process = await _start(service)
    ended, stopping = asyncio.create_task(process.wait()), asyncio.create_task(stop.wait())
    await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not ended.done():
        await _end(process)
    return await ended


async def _start(service: Service) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "services.tools.cli", service.subcommand)
    guard = (sys.executable, "-I", "-S", guarded.__file__, str(os.getpid()))
    with named_faults(service.log.parent), service.log.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *guard,
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **service.environment},
            start_new_session=True,
        )


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
