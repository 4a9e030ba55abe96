"""A service runs in a process of its own, which ends when it should and when its parent does."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from services.tools.up.service import Service, rotate_log, run_once
from tests.services.tools.cli.command import environment
from tests.waits import LONGEST_WAIT_S

AWAY = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "REDIS_URL": "redis://127.0.0.1:1/0"}


class Pipe:
    """A log that is a pipe: it ends when no process is left that writes to it."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.output = b""

    async def until_printed(self, words: bytes) -> None:
        while words not in self.output:
            self._read()
            await asyncio.sleep(0.02)

    async def until_ended(self) -> None:
        while self._read() != b"":
            await asyncio.sleep(0.02)
        os.close(self._descriptor)

    def _read(self) -> bytes | None:
        try:
            chunk = os.read(self._descriptor, 65536)
        except BlockingIOError:
            return None
        self.output += chunk
        return chunk


@pytest.fixture
def log(tmp_path: Path) -> Pipe:
    """What the service writes."""
    return Pipe(tmp_path / "log")


def waiting_service(log: Path) -> Service:
    """A projector whose servers are away: it waits for them until a signal ends it."""
    return Service("projector", "projector", AWAY, log)


async def test_a_service_that_ends_by_itself_reports_its_status_and_its_last_words(
    tmp_path: Path,
) -> None:
    wrong = {**AWAY, "STAMMKUNDE_PARTITIONS": "many"}
    service = Service("worker-1", "worker", wrong, tmp_path / "worker.log")
    assert await run_once(service) == 1
    assert service.last_lines(1)[0].startswith("STAMMKUNDE_PARTITIONS: ")


async def test_a_service_ends_when_nobody_waits_for_it_any_more(log: Pipe, tmp_path: Path) -> None:
    async with asyncio.timeout(LONGEST_WAIT_S):
        running = asyncio.create_task(run_once(waiting_service(tmp_path / "log")))
        await log.until_printed(b'"kafka": "127.0.0.1:1"')
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await log.until_ended()


async def test_a_service_ends_when_its_parent_is_killed(log: Pipe, tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; "
        "from services.tools.up.service import Service, run_once; "
        f"asyncio.run(run_once(Service('p', 'projector', {AWAY}, Path(sys.argv[1]))))"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(tmp_path / "log"), env=environment(tmp_path)
    )
    async with asyncio.timeout(LONGEST_WAIT_S):
        await log.until_printed(b'"kafka": "127.0.0.1:1"')
        parent.kill()
        await parent.wait()
        await log.until_ended()


def test_the_log_of_the_run_before_is_kept_beside(tmp_path: Path) -> None:
    service = waiting_service(tmp_path / "logs" / "projector.log")
    rotate_log(service)
    service.log.write_text("first run")
    rotate_log(service)
    assert not service.log.exists()
    assert (tmp_path / "logs" / "projector.log.1").read_text() == "first run"
    assert service.last_lines(5) == []
