"""A replay arrives in a real Kafka: in time order, by profile, its ticks after what they cover."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas import topics
from schemas.messages.record_headers import QUIET_HEADER
from schemas.policy import load_default_policy
from tests.services.tools.cli.command import run
from tests.services.tools.replay.arrived import Topics, message, records_since

pytestmark = pytest.mark.e2e


async def test_a_replay_arrives_in_time_order_with_ticks_between(
    before: Topics, tmp_path: Path
) -> None:
    lines = [
        message("Order Completed", "c-1", 3),
        message("Complaint Filed", "c-1", 1),
        message("Social Followed", "c-1", 2),
        message("Order Completed", "c-1", 1, hour=0),
    ]
    (tmp_path / "all.jsonl").write_text("\n".join([*map(json.dumps, lines), "not json"]))
    ended = run(tmp_path, "replay", "all.jsonl", KAFKA_BOOTSTRAP_SERVERS=before.kafka)
    assert ended.returncode == 3, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == {
        "file": "all.jsonl",
        "messages": 5,
        "unrecognised": 1,
        "refused": 1,
        "refused_by_reason": {"not_json": 1},
        "judged_by": f"policy {load_default_policy().version}",
        "ticks": 4,
        "until": "1997-01-04T00:00:00Z",
        "complete": True,
    }
    records = await records_since(before)
    ticks = [r for r in records if r.topic == topics.CLOCK]
    sent = [r for r in records if r.topic != topics.CLOCK]
    of_customer = [r for r in sent if r.key == b"c-1"]
    assert {r.topic for r in of_customer} == set(topics.SOURCES)
    assert len({r.partition for r in of_customer}) == 1
    orders = [r for r in of_customer if r.topic == topics.SHOP_EVENTS]
    assert [json.loads(r.value)["timestamp"] for r in orders] == [
        "1997-01-01T00:00:00Z",
        "1997-01-03T12:00:00Z",
    ]
    assert [r.value for r in sent if r.key is None] == [b"not json"]
    for partition in range(before.partitions):
        ticked = [json.loads(r.value)["now"] for r in ticks if r.partition == partition]
        assert ticked == [f"1997-01-{day:02}T00:00:00Z" for day in (1, 2, 3, 4)]


async def test_a_tick_is_younger_in_kafka_than_all_that_it_covers(
    before: Topics, tmp_path: Path
) -> None:
    lines = [message("Order Completed", f"c-{n}", 1 + n // 50) for n in range(500)]
    stdin = "\n".join(map(json.dumps, lines))
    ended = run(tmp_path, "replay", "-", stdin=stdin, KAFKA_BOOTSTRAP_SERVERS=before.kafka)
    assert ended.returncode == 0, ended.stderr
    records = await records_since(before)
    for tick in (r for r in records if r.topic == topics.CLOCK):
        now = datetime.fromisoformat(json.loads(tick.value)["now"])
        covered = [
            r.timestamp
            for r in records
            if r.topic != topics.CLOCK
            and datetime.fromisoformat(json.loads(r.value)["timestamp"]) <= now
        ]
        assert all(at <= tick.timestamp for at in covered)


async def test_without_ticks_the_clock_stays_silent(before: Topics, tmp_path: Path) -> None:
    line = json.dumps(message("Order Completed", "c-1", 1))
    ended = run(
        tmp_path, "replay", "-", "--no-ticks", stdin=line, KAFKA_BOOTSTRAP_SERVERS=before.kafka
    )
    assert json.loads(ended.stdout)["ticks"] == 0
    assert [r.topic for r in await records_since(before)] == [topics.SHOP_EVENTS]


async def test_the_end_cannot_be_before_the_last_message(before: Topics, tmp_path: Path) -> None:
    line = json.dumps(message("Order Completed", "c-1", 5))
    until = ("--until", datetime(1997, 1, 2, tzinfo=UTC).isoformat())
    ended = run(tmp_path, "replay", "-", *until, stdin=line, KAFKA_BOOTSTRAP_SERVERS=before.kafka)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        "The replay can't end at 1997-01-02T00:00:00Z: its last message is of 1997-01-05T12:00:00Z."
    )
    assert await records_since(before) == []


async def test_a_line_that_is_too_large_is_named(before: Topics, tmp_path: Path) -> None:
    huge = json.dumps({**message("Order Completed", "c-1", 1), "note": "x" * 2_000_000})
    ended = run(tmp_path, "replay", "-", stdin=huge, KAFKA_BOOTSTRAP_SERVERS=before.kafka)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("Line 1 is larger than Kafka accepts")


@pytest.mark.parametrize(("options", "marks"), [((), []), (("--quiet",), [QUIET_HEADER])])
async def test_a_quiet_import_marks_each_of_its_messages(
    before: Topics, tmp_path: Path, options: tuple[str, ...], marks: list[tuple[str, bytes]]
) -> None:
    line = json.dumps(message("Order Completed", "c-1", 1))
    ended = run(tmp_path, "replay", "-", *options, stdin=line, KAFKA_BOOTSTRAP_SERVERS=before.kafka)
    assert ended.returncode == 0, ended.stderr
    [sent] = [r for r in await records_since(before) if r.topic == topics.SHOP_EVENTS]
    assert list(sent.headers) == marks


async def test_orders_in_a_currency_without_a_rate_are_reported_as_refused(
    before: Topics, tmp_path: Path
) -> None:
    """They are sent all the same: they can be tried again once there is a rate."""
    pounds = {"order_id": "o", "total": 10, "currency": "GBP"}
    lines = [{**message("Order Completed", "c-1", 1), "properties": pounds}] * 2
    lines.append({**message("Order Completed", "c-1", 1), "timestamp": "1970-01-01T00:00:00Z"})
    stdin = "\n".join(map(json.dumps, lines))
    ended = run(
        tmp_path, "replay", "-", "--no-ticks", stdin=stdin, KAFKA_BOOTSTRAP_SERVERS=before.kafka
    )
    assert ended.returncode == 3
    report = json.loads(ended.stdout)
    assert report["refused_by_reason"] == {"no_exchange_rate": 2, "time_too_early": 1}
    assert (report["refused"], report["messages"], report["complete"]) == (3, 3, True)
    assert len(await records_since(before)) == 3


async def test_without_any_time_there_is_no_end(before: Topics, tmp_path: Path) -> None:
    line = {**message("Order Completed", "c-1", 1), "timestamp": None}
    ended = run(
        tmp_path, "replay", "-", stdin=json.dumps(line), KAFKA_BOOTSTRAP_SERVERS=before.kafka
    )
    assert json.loads(ended.stdout)["until"] is None
    assert len(await records_since(before)) == 1


@pytest.mark.parametrize("stdin", ["", "\n \n", "\ufeff\n"])
async def test_a_file_without_a_message_is_reported_as_empty(
    before: Topics, tmp_path: Path, stdin: str
) -> None:
    ended = run(tmp_path, "replay", "-", stdin=stdin, KAFKA_BOOTSTRAP_SERVERS=before.kafka)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines()[-1] == "Error: - is empty: there is no message in it."
    assert await records_since(before) == []
