"""`stammkunde up`, as a user starts it: it keeps its services running, and ends without a trace."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.topics import catalogue
from tests.services.cli.command import COMMAND, environment, run
from tests.services.cli.processes import needs_proc, processes_of, wait_until_gone

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300), needs_proc]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """An `up` that is ready, in the test's own folder."""
    with subprocess.Popen(
        [*COMMAND, "up"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path, STAMMKUNDE_API_PORT="0"),
    ) as process:
        assert process.stdout is not None
        while "Everything is ready" not in (line := process.stdout.readline()):
            assert line, process.communicate()[1]
        yield process
        process.kill()


def pid_of(data_dir: Path, words: str) -> int | None:
    """The process whose command line ends so."""
    return next((p for p, line in processes_of(data_dir).items() if line.endswith(words)), None)


def test_it_is_found_restarts_what_dies_and_ends_without_a_trace(
    up: subprocess.Popen[str], tmp_path: Path
) -> None:
    stack = json.loads((tmp_path / "stack.json").read_text())
    assert set(stack) == {"kafka", "redis", "api"}
    listed = run(tmp_path, "topics", "list")
    assert (listed.returncode, listed.stdout.count("8 partitions")) == (
        0,
        len(catalogue("stammkunde")),
    )
    assert run(tmp_path, "doctor").returncode == 0

    open_to_others = [each for each in tmp_path.rglob("*") if each.lstat().st_mode & 0o077]
    assert open_to_others == [], "what is known of customers is for one user only"

    second = run(tmp_path, "up")
    assert second.returncode == 1
    assert "is in use by another running stack" in second.stderr

    killed = pid_of(tmp_path, "services.cli worker")
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while pid_of(tmp_path, "services.cli worker") in {None, killed}:
        assert time.monotonic() < deadline
        time.sleep(0.05)

    up.terminate()
    _, stderr = up.communicate(timeout=60)
    assert up.returncode == 0
    assert "The worker-1 ended unexpectedly (status -9); it starts again in 0.2 s." in stderr
    assert processes_of(tmp_path) == {}
    assert not (tmp_path / "stack.json").exists()


def test_it_says_so_when_a_server_of_its_own_dies(
    up: subprocess.Popen[str], tmp_path: Path
) -> None:
    valkey = next(pid for pid, line in processes_of(tmp_path).items() if "/valkey-server" in line)
    os.kill(valkey, signal.SIGKILL)
    _, stderr = up.communicate(timeout=60)
    assert up.returncode == 1
    assert stderr.splitlines()[-1] == (
        f"Valkey of the local stack has ended; {tmp_path}/valkey/server.log may tell why. "
        "Start again, the data is kept."
    )
    assert processes_of(tmp_path) == {}


def test_killed_itself_it_takes_everything_along(up: subprocess.Popen[str], tmp_path: Path) -> None:
    up.kill()
    assert wait_until_gone(tmp_path, within_s=40) == {}
    assert "No local stack runs" in run(tmp_path, "topics", "list").stderr
