"""The stage: a Kafka of its own in a temporary folder, and processes that play on it."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environment.broker import create_topics
from benchmarks.environment.machine import is_alive
from services.tools.local_stack import KafkaServer, guarded
from topology.compiled_form import PURE

ROOT = Path(__file__).parent.parent.parent
_ENDS_WITH_US = (sys.executable, "-I", "-S", guarded.__file__)
_LAST_WORDS = 2_000
_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Stage:
    """A Kafka that runs, and a folder for everything that is written."""

    kafka: str
    broker_pid: int
    folder: Path
    partitions: int
    """Of every topic."""


@asynccontextmanager
async def stage(partitions: int) -> AsyncIterator[Stage]:
    """Run a Kafka for as long as the block lasts, with the topics that all players share."""
    with tempfile.TemporaryDirectory(prefix="stammkunde-bench-") as name:
        folder = Path(name)
        server = KafkaServer(folder / "kafka")
        await server.start()
        try:
            assert server.pid is not None
            await create_topics(server.address, "bench", partitions)
            yield Stage(server.address, server.pid, folder, partitions)
        finally:
            await server.stop()


@dataclass(frozen=True, slots=True)
class Player:
    """A process on the stage, and where its output goes."""

    process: asyncio.subprocess.Process
    log: Path

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    async def check(self) -> None:
        """Fail with its last words if it has ended."""
        if not is_alive(self.pid):
            await self.process.wait()
            last_words = self.log.read_text(encoding="utf-8", errors="replace")[-_LAST_WORDS:]
            msg = f"{self.log.stem} ended with status {self.process.returncode}:\n{last_words}"
            raise RuntimeError(msg)


@asynccontextmanager
async def playing(
    on: Stage,
    name: str,
    command: Sequence[str],
    settings: Mapping[str, str] | None = None,
    python: Path | None = None,
) -> AsyncIterator[Player]:
    """Run a Python program as a process of its own, and end it with SIGTERM after the block.

    It sees the settings that are given and none of whoever runs the benchmark, but it runs the same
    form of the domain. Its log is new. If the benchmark is killed, it ends, too.
    """
    environment = {
        **_without_settings(os.environ),
        "KAFKA_BOOTSTRAP_SERVERS": on.kafka,
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "STAMMKUNDE_DATA_DIR": str(on.folder / "data"),
        **(settings or {}),
    }
    log = on.folder / f"{name}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *_ENDS_WITH_US,
            str(os.getpid()),
            python or sys.executable,
            *command,
            env=environment,
            cwd=on.folder,
            stdout=output,
            stderr=output,
        )
    try:
        yield Player(process, log)
    finally:
        await _end(process)


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without settings; `STAMMKUNDE_PURE` is none of the program's."""
    return {
        name: value
        for name, value in environment.items()
        if name == PURE or not name.startswith("STAMMKUNDE_")
    }


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), _TIMEOUT_S)
    except TimeoutError:
        process.kill()
        await process.wait()


async def appears(file: Path, player: Player) -> str:
    """Wait until a player has left a file, and return its text."""
    while not file.exists():  # noqa: ASYNC240 - a look at a small file of ours
        await player.check()
        await asyncio.sleep(0.02)
    return file.read_text(encoding="utf-8")  # noqa: ASYNC240 - the same
