"""The projector leaves a sign of life that a probe can read."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

from services.platform.tasks import end
from services.projector.liveness import FILE_NAME, SILENCE_S, beating
from services.projector.run import Projector
from tests.services.projector.world import World, eventually
from tests.waits import LONGEST_WAIT_S


def probe(data_dir: Path) -> subprocess.CompletedProcess[str]:
    """As a container's engine runs it."""
    return subprocess.run(
        [sys.executable, "-m", "services.projector.liveness"],
        env={**os.environ, "STAMMKUNDE_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_WAIT_S,
    )


def test_a_projector_that_was_never_there_does_not_live(tmp_path: Path) -> None:
    done = probe(tmp_path / "data")
    assert (done.returncode, done.stderr) == (1, "The projector has given no sign of life yet.\n")


def test_one_that_was_there_just_now_lives_and_one_that_has_been_silent_does_not(
    tmp_path: Path,
) -> None:
    beating(tmp_path / "data")()
    assert probe(tmp_path / "data").returncode == 0

    long_ago = time.time() - SILENCE_S - 1
    os.utime(tmp_path / "data" / FILE_NAME, (long_ago, long_ago))
    done = probe(tmp_path / "data")
    assert done.returncode == 1
    assert "121 s ago" in done.stderr


def test_the_probe_costs_no_more_than_the_standard_library() -> None:
    """It runs every few seconds, with a fraction of a core."""
    code = "import sys, services.projector.liveness; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"aiokafka", "pydantic", "redis", "structlog", "click"} & set(done.stdout.split())


def test_a_folder_that_cannot_be_written_disturbs_nobody(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    beating(tmp_path / "data")()


async def test_it_beats_at_work_and_while_it_waits(world: World, unused_tcp_port: int) -> None:
    """A restart of the projector would not bring Kafka back."""
    beats = {"at work": 0, "without Redis": 0}

    def beat(name: str) -> None:
        beats[name] += 1

    def projector(name: str, redis: str) -> Projector:
        return Projector(
            kafka=world.kafka,
            redis=redis,
            names=world.names,
            keys=world.keys,
            beat=lambda: beat(name),
        )

    at_work = projector("at work", world.redis_url)
    without = projector("without Redis", f"redis://127.0.0.1:{unused_tcp_port}/0")
    tasks = [asyncio.create_task(each.run()) for each in (at_work, without)]
    try:

        async def both_beat() -> bool:
            return min(beats.values()) > 3

        await eventually(both_beat, "both give signs of life")
    finally:
        await end(tasks)
