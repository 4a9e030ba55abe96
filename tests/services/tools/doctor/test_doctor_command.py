"""`stammkunde doctor` says what is wrong, and its exit status says whether."""

from pathlib import Path

import pytest

from schemas.topics import catalogue
from services.platform.kafka.topics.ensure import ensure_topics
from services.tools.local_stack import Addresses
from tests.services.tools.cli.command import run

NOBODY = "127.0.0.1:1"


def verdicts(stdout: str) -> dict[str, str]:
    """The verdict of each subject."""
    return {line[7:20].strip(): line[:5].strip() for line in stdout.splitlines()}


def test_without_servers_it_says_that_none_run(tmp_path: Path) -> None:
    ended = run(tmp_path, "doctor")
    found = verdicts(ended.stdout)
    assert (found["Kafka"], found["Redis"]) == ("note", "note")
    assert found["Python"] == found["policy"] == found["disk"] == "ok"
    assert ended.returncode == 0


def test_servers_that_are_away_are_wrong(tmp_path: Path) -> None:
    ended = run(
        tmp_path,
        "doctor",
        KAFKA_BOOTSTRAP_SERVERS=NOBODY,
        REDIS_URL=f"redis://:secret@{NOBODY}/0",
    )
    found = verdicts(ended.stdout)
    assert (found["Kafka"], found["Redis"]) == ("WRONG", "WRONG")
    assert "secret" not in ended.stdout
    assert ended.returncode == 1


def test_a_wrong_policy_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("policy: 2\n")
    ended = run(tmp_path, "doctor", STAMMKUNDE_POLICY="mine.yaml")
    assert verdicts(ended.stdout)["policy"] == "WRONG"
    assert ended.returncode == 1


@pytest.mark.e2e
async def test_servers_that_answer_are_fine_once_the_topics_are_there(
    stack: Addresses, tmp_path: Path
) -> None:
    servers = {"KAFKA_BOOTSTRAP_SERVERS": stack.kafka, "REDIS_URL": stack.redis}
    before = run(tmp_path, "doctor", STAMMKUNDE_APP_ID="doctor-test", **servers)
    assert verdicts(before.stdout)["topics"] == "WRONG"
    assert "run `stammkunde topics create`" in before.stdout
    ready = await ensure_topics(stack.kafka, catalogue("doctor-test"), 8)
    after = run(
        tmp_path,
        "doctor",
        STAMMKUNDE_APP_ID="doctor-test",
        STAMMKUNDE_PARTITIONS=str(ready.partitions),
        **servers,
    )
    assert set(verdicts(after.stdout).values()) <= {"ok", "note"}
    assert verdicts(after.stdout)["topics"] == "ok"
    assert "If its disk is lost, everything is lost" in after.stdout
    assert "workers" in verdicts(after.stdout)
    assert "version 4.0 or newer" in after.stdout
    assert after.returncode == 0
