"""Whatever the user can put right is one sentence on stderr and exit status 1."""

from pathlib import Path

import pytest

from tests.services.tools.cli.command import run

NOBODY = "127.0.0.1:1"
"""An address at which nothing answers."""


@pytest.mark.parametrize("role", ["worker", "projector", "api", "topics create", "replay -"])
def test_a_role_without_servers_says_how_to_get_some(role: str, tmp_path: Path) -> None:
    ended = run(tmp_path, *role.split())
    assert ended.returncode == 1
    assert ended.stderr == (
        f"No local stack runs in {tmp_path}: start one with `stammkunde up`, or set "
        "KAFKA_BOOTSTRAP_SERVERS and REDIS_URL to the servers to use.\n"
    )


@pytest.mark.parametrize("command", ["topics list", "topics create", "replay -"])
def test_a_kafka_that_is_away_is_named(command: str, tmp_path: Path) -> None:
    ended = run(tmp_path, *command.split(), KAFKA_BOOTSTRAP_SERVERS=NOBODY)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        f"Kafka does not answer at {NOBODY}: start it, or set KAFKA_BOOTSTRAP_SERVERS to where it "
        "runs."
    )
    assert len(ended.stderr.splitlines()) == 2


def test_an_address_that_is_none_is_named(tmp_path: Path) -> None:
    ended = run(tmp_path, "topics", "list", KAFKA_BOOTSTRAP_SERVERS="here:there")
    assert ended.returncode == 1
    assert "KAFKA_BOOTSTRAP_SERVERS is 'here:there': write host:port" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", ["up", "demo", "worker", "topics list", "doctor"])
def test_a_setting_that_is_wrong_is_named(command: str, tmp_path: Path) -> None:
    ended = run(tmp_path, *command.split(), STAMMKUNDE_PARTITIONS="many")
    assert ended.returncode == 1
    assert ended.stderr.startswith("STAMMKUNDE_PARTITIONS: ")
    assert len(ended.stderr.splitlines()) == 1


def test_up_refuses_a_wrong_policy_before_it_starts_anything(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("policy: 1\ncurency: EUR\n")
    ended = run(tmp_path, "up", STAMMKUNDE_POLICY="mine.yaml")
    assert ended.returncode == 1
    assert "mine.yaml, line 2: curency: this name is not known here" in ended.stderr
    assert "Starting" not in ended.stderr


def test_up_refuses_a_port_that_was_asked_for_and_is_taken(tmp_path: Path, taken_port: int) -> None:
    ended = run(tmp_path, "up", STAMMKUNDE_API_PORT=str(taken_port))
    assert ended.returncode == 1
    assert ended.stderr == (
        f"Port {taken_port} on 127.0.0.1 is taken: stop what listens there, or set "
        "STAMMKUNDE_API_PORT to another port, or to 0 for any free one.\n"
    )


def test_the_story_may_end_by_itself(tmp_path: Path, taken_port: int) -> None:
    """Both options at once come as far as a start comes: tests/e2e run each of them to its end."""
    ended = run(tmp_path, "demo", "--story", "--once", STAMMKUNDE_API_PORT=str(taken_port))
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Port {taken_port} on 127.0.0.1 is taken")


def test_up_refuses_a_given_redis_that_is_away(tmp_path: Path) -> None:
    ended = run(tmp_path, "up", STAMMKUNDE_API_PORT="0", REDIS_URL=f"redis://:secret@{NOBODY}/0")
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Redis does not answer at redis://:***@{NOBODY}/0 (")
    assert len(ended.stderr.splitlines()) == 1


def test_a_missing_file_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    ended = run(tmp_path, "replay", "nowhere.jsonl", KAFKA_BOOTSTRAP_SERVERS=NOBODY)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "Can't read nowhere.jsonl: No such file or directory."


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("wash",), "No such command 'wash'"),
        (("replay", "-", "--until", "tomorrow"), "'tomorrow' is no instant"),
        (("replay", "-", "--until", "1998-07-01T00:00:00"), "is no instant"),
        (("replay", "-", "--speed", "0"), "0"),
        (("replay", "-", "--no-ticks", "--until", "1998-07-01T00:00:00Z"), "--no-ticks"),
        (("up", "--workers", "0"), "0"),
    ],
)
def test_a_wrong_command_line_has_status_2(
    arguments: tuple[str, ...], expected: str, tmp_path: Path
) -> None:
    ended = run(tmp_path, *arguments)
    assert ended.returncode == 2
    assert expected in ended.stderr
