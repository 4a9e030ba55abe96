"""`stammkunde up`, as a user starts it: it keeps its services running, and ends without a trace."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from schemas.topics import catalogue
from services.tools.local_stack.ports import free_port
from tests.services.frozen import frozen
from tests.services.tools.cli.command import COMMAND, environment, run
from tests.services.tools.cli.processes import needs_proc, processes_of, wait_until_gone
from tests.waits import LONGEST_WAIT_S

pytestmark = [pytest.mark.e2e, needs_proc]


def output_of(folder: Path) -> Path:
    """The file with its output on stderr, beside the data folder."""
    return folder.with_name(f"{folder.name}-said")


def logged_in(folder: Path) -> list[dict[str, str]]:
    """Its output on stderr: each line is JSON."""
    return [json.loads(line) for line in output_of(folder).read_text().splitlines()]


@contextmanager
def started(folder: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """An `up` that is ready, in a folder of its own."""
    with (
        output_of(folder).open("w") as output,
        subprocess.Popen(
            [*COMMAND, "up"],
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            cwd=folder,
            env=environment(folder, STAMMKUNDE_API_PORT="0", **settings),
        ) as process,
    ):
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready, output_of(folder).read_text()
        stack = json.loads((folder / "stack.json").read_text())
        assert stack.items() <= json.loads(ready).items()
        yield process
        process.kill()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """An `up` that is ready, in the test's own folder."""
    with started(tmp_path) as process:
        yield process


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

    assert [line for line in logged_in(tmp_path) if line.get("level") not in {None, "info"}] == []
    killed = pid_of(tmp_path, "services.tools.cli worker")
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while pid_of(tmp_path, "services.tools.cli worker") in {None, killed}:
        assert time.monotonic() < deadline
        time.sleep(0.05)

    up.terminate()
    assert up.wait(timeout=LONGEST_WAIT_S) == 0
    logged = logged_in(tmp_path)
    [died] = [line for line in logged if line.get("level") == "warning" and line["role"] == "up"]
    assert died["event"].startswith("The worker-1 ended unexpectedly (status -9); it starts again")
    assert {line["role"] for line in logged} == {
        *("up", "worker-1", "projector", "api", "delivery", "archive")
    }
    assert "The worker starts." in {line.get("message") for line in logged}
    assert logged[-1]["event"] == "Everything has ended."
    assert processes_of(tmp_path) == {}
    assert not (tmp_path / "stack.json").exists()


def server_of(data_dir: Path, words: str) -> int | None:
    """The process of a server of the local stack."""
    return next((p for p, line in processes_of(data_dir).items() if words in line), None)


def wait_until(holds: Callable[[], bool], what: str, within_s: float = LONGEST_WAIT_S) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def wait_for_another(data_dir: Path, words: str, killed: int | None) -> int:
    """Wait until such a server runs again, and return its process."""
    wait_until(lambda: server_of(data_dir, words) not in {None, killed}, f"{words} runs again")
    found = server_of(data_dir, words)
    assert found is not None
    return found


def complaint(number: int) -> dict[str, object]:
    return {
        "type": "track",
        "event": "Complaint Filed",
        "messageId": f"m-{number}",
        "userId": f"c-{number}",
        "properties": {"ticket_id": f"t-{number}", "topic": "late", "severity": "high"},
    }


def test_kafka_and_valkey_may_die_and_freeze_and_one_role_may_be_unable_to_run(
    tmp_path: Path,
) -> None:
    """Triggers still come through, and it says what happened."""
    port, output = free_port(), output_of(tmp_path)
    with (
        socket.create_server(("127.0.0.1", port + 1)),  # Delivery wants it for its metrics.
        started(tmp_path, STAMMKUNDE_METRICS_PORT=str(port)) as up,
    ):
        url = json.loads((tmp_path / "stack.json").read_text())["api"]
        with httpx.Client(base_url=url, timeout=LONGEST_WAIT_S) as api:
            outlive_deaths(tmp_path, api)
            outlive_a_freeze(tmp_path, api)
        wait_until(lambda: "The other services go on" in output.read_text(), "delivery can't run")
        assert up.poll() is None
        up.terminate()
        assert up.wait(timeout=LONGEST_WAIT_S) == 0
    for name in ("Valkey", "Kafka"):
        assert f"{name} of the local stack has ended (status -9); it starts" in output.read_text()
    assert re.search(r"The delivery ended 6 times soon .*: The metrics can't", output.read_text())
    assert processes_of(tmp_path) == {}


def outlive_deaths(data_dir: Path, api: httpx.Client) -> None:
    for number, words in enumerate(("/valkey-server", "kafka.Kafka"), start=1):
        killed = server_of(data_dir, words)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        wait_for_another(data_dir, words, killed)
        see_a_trigger(api, number)


def outlive_a_freeze(data_dir: Path, api: httpx.Client) -> None:
    kafka = server_of(data_dir, "kafka.Kafka")
    with frozen(kafka):
        wait_until(
            lambda: api.post("/v1/track", json=complaint(0)).status_code == 503, "it is told"
        )
        assert api.get("/healthz").status_code == 200
    see_a_trigger(api, 9)


def see_a_trigger(api: httpx.Client, number: int) -> None:
    """Send a complaint until it is taken, and wait for what follows from it."""
    wait_until(
        lambda: api.post("/v1/track", json=complaint(number)).status_code == 200, "it is taken"
    )
    wait_until(
        lambda: "service_recovery" in api.get(f"/v1/customers/c-{number}/triggers").text,
        "the trigger is there",
    )


def test_killed_itself_it_takes_everything_along(up: subprocess.Popen[str], tmp_path: Path) -> None:
    up.kill()
    assert wait_until_gone(tmp_path) == {}
    assert "No local stack runs" in run(tmp_path, "topics", "list").stderr
