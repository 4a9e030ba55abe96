"""An archive feeds a fresh installation: the same rows, and triggers of the same ids."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka.partitioner import murmur2

from schemas import topics
from schemas.topics import changelog
from services.archive.file_name import FileName
from services.archive.retention import list_store
from tests.services.archive.world import (
    APP,
    PARTITIONS,
    archiving,
    count,
    held_by,
    in_kafka,
    order,
    store_of,
    until,
)
from tests.services.tools.cli.command import run
from tests.services.worker.around import emptied
from tests.services.worker.process import WorkerProcess, values_in
from tests.topology.batching.kafka import Log, Sent, send
from topology.domain.rows.row import decode_row

pytestmark = pytest.mark.e2e
CUSTOMERS = 6


def complaint(customer: str, at: datetime) -> bytes:
    message = {
        "type": "track",
        "event": "Complaint Filed",
        "userId": customer,
        "timestamp": at.isoformat(),
        "properties": {"ticket_id": f"t-{customer}"},
    }
    return json.dumps(message).encode()


def load() -> list[Sent]:
    """Orders of some, and complaints of others: topics have no common order."""
    now = datetime.now(UTC) - timedelta(minutes=10)
    sent = []
    for who in range(CUSTOMERS):
        name = f"c-{who}"
        at = [(now + timedelta(minutes=number)).isoformat() for number in range(4)]
        for number in range(who % 3 + 1 if who % 2 == 0 else 0):
            value = order(name, number, timestamp=at[number])
            sent.append(Sent(topics.SHOP_EVENTS, home(name), name.encode(), value))
        if who % 2:
            value = complaint(name, now + timedelta(minutes=5))
            sent.append(Sent(topics.SUPPORT_EVENTS, home(name), name.encode(), value))
    return sent


def bare() -> Sent:
    """An order without id, time and key, in a partition to which its customer does not belong."""
    properties = {"order_id": "bare", "total": 90, "currency": "EUR"}
    message = {"type": "track", "event": "Order Completed", "userId": "c-0"}
    value = json.dumps({**message, "properties": properties}).encode()
    return Sent(topics.SHOP_EVENTS, 1 - home("c-0"), None, value)


def home(name: str) -> int:
    return int(murmur2(name.encode()) & 0x7FFFFFFF) % PARTITIONS


@contextmanager
def working(kafka: str, folder: Path, **settings: str) -> Iterator[WorkerProcess]:
    given = {"STAMMKUNDE_APP_ID": APP, "STAMMKUNDE_PARTITIONS": str(PARTITIONS), **settings}
    with WorkerProcess.started(kafka, folder, "worker", **given) as worker:
        yield worker


async def outcome(kafka: str, messages: int) -> tuple[dict[str, Any], list[str]]:
    """History and dimensions of each customer, and the ids of all triggers, once all counted."""
    async with (
        Log.open(kafka, changelog(APP), PARTITIONS) as rows,
        Log.open(kafka, topics.TRIGGERS, PARTITIONS) as triggers,
    ):

        def latest() -> dict[str, Any]:
            written = {each.key.decode(): each.value for each in rows.records if each.key}
            states = {key: decode_row(value) for key, value in written.items() if key[:2] == "c-"}
            return {
                key: (state.history, state.segment, state.stage, state.tier, state.care)
                for key, state in states.items()
            }

        await rows.until(
            lambda _: sum(each[0].events for each in latest().values()) == messages, "all events"
        )
        await triggers.to_last_end()
        return latest(), sorted(each["trigger_id"] for each in values_in(triggers))


async def test_a_fresh_installation_has_the_same_rows_and_trigger_ids(
    kafka_of_archives: str, tmp_path: Path
) -> None:
    """The worker has forwarded the message without a key: the archive has a copy of it."""
    sent, store = load(), store_of(tmp_path)
    async with emptied(kafka_of_archives, APP, PARTITIONS) as kafka:
        with working(kafka, tmp_path) as worker:
            await worker.until_ready(PARTITIONS)
            await send(kafka, sent)
            await outcome(kafka, len(sent))
            await send(kafka, [bare()])
            live = await outcome(kafka, len(sent) + 1)
            await worker.terminate()
        everything = count(await in_kafka(kafka))
        with archiving(kafka, tmp_path):
            await until(lambda: count(held_by(store)) == everything, "all records")
    assert live[1]
    async with emptied(kafka_of_archives, APP, PARTITIONS) as kafka:
        (tmp_path / "fresh").mkdir()
        with working(kafka, tmp_path / "fresh", STAMMKUNDE_CLOCK="topic") as worker:
            await worker.until_ready(PARTITIONS)
            ended = run(
                tmp_path,
                "replay",
                "--archive",
                str(tmp_path / "archive"),
                KAFKA_BOOTSTRAP_SERVERS=kafka,
            )
            assert ended.returncode == 0, ended.stderr
            assert json.loads(ended.stdout)["messages"] == len(sent) + 1
            assert await outcome(kafka, len(sent) + 1) == live


def files_of(folder: Path) -> list[FileName]:
    return [each.name for each in list_store(store_of(folder)).files]


async def test_what_is_faulty_is_named_and_refused_or_counted(kafka: str, tmp_path: Path) -> None:
    for number in range(3):
        await send(kafka, [Sent(topics.SHOP_EVENTS, 0, b"c-1", order("c-1", number))] * 4)
        with archiving(kafka, tmp_path):
            at = number
            await until(lambda at=at: len(files_of(tmp_path)) > at, "a file")  # type: ignore[misc]
    folder = tmp_path / "archive"
    first, missing, truncated = files_of(tmp_path)
    (folder / missing.path).unlink()
    content = (folder / truncated.path).read_bytes()
    (folder / truncated.path).write_bytes(content[: len(content) // 2])
    (folder / "notes.txt").write_text("not ours")
    archive = ("replay", "--archive", str(folder), "--no-ticks")
    ended = run(tmp_path, *archive, KAFKA_BOOTSTRAP_SERVERS=kafka)
    assert ended.returncode == 1
    assert "notes.txt is no file of the archive" in ended.stderr
    gap = f"offsets {missing.first} to {missing.last} of shop.events.v1-0"
    assert f"a file is missing: {gap}" in ended.stderr
    assert f"{truncated.path} is damaged: " in ended.stderr
    assert count(await in_kafka(kafka)) == 12
    ended = run(tmp_path, *archive, "--skip-damaged", KAFKA_BOOTSTRAP_SERVERS=kafka)
    assert ended.returncode == 0, ended.stderr
    summary = json.loads(ended.stdout)
    assert summary["messages"] == 4
    assert summary["left_out"] == {"foreign": 1, "missing": 1, "damaged": 1}
    assert count(await in_kafka(kafka)) == 16
    assert first in files_of(tmp_path)


def test_a_folder_without_an_archive_is_refused(tmp_path: Path) -> None:
    ended = run(tmp_path, "replay", "--archive", "nowhere", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "There is no file of an archive in nowhere."
