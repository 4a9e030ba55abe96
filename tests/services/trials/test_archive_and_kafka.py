"""A trial whose records Kafka has deleted, after the archive has written them to files."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import pytest_asyncio
from pydantic import SecretStr

from schemas import topics
from services.archive.file_name import FileName
from services.archive.retention import list_store
from services.platform.settings import Settings
from services.trials.history import ArchiveChoice, find_history, reading_history
from tests.e2e.log import read_topic
from tests.services.archive.world import (
    APP,
    PARTITIONS,
    archiving,
    count,
    held_by,
    in_kafka,
    store_of,
    until,
)
from tests.services.tools.cli.command import run
from tests.services.trials.hundred_days import NEWER, send_days
from tests.services.worker.around import emptied, running_kafka
from tests.topology.batching.kafka import Sent, delete_before, send

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]
FIRST_DAYS: Final = 70
"""What came in these days is in files when Kafka deletes it."""


class Cut(NamedTuple):
    """A Kafka whose oldest records are only in the files of an archive."""

    kafka: str
    folder: Path
    before: str
    """The report of a trial while Kafka had everything."""
    records: list[tuple[str, int, int]]
    """The place of each record of the sources that Kafka had."""

    async def tried(self, *arguments: str, **settings: str) -> Any:
        """Run the command."""
        given = {"KAFKA_BOOTSTRAP_SERVERS": self.kafka, "STAMMKUNDE_CLOCK": "topic", **BASE}
        command = ("policy", "try", "newer.yaml", "--json", *arguments)
        return await asyncio.to_thread(run, self.folder, *command, **{**given, **settings})

    @property
    def files(self) -> list[FileName]:
        """The files of the sources."""
        names = (each.name for each in list_store(store_of(self.folder)).files)
        return [each for each in names if each.partition.topic in topics.SOURCES]


BASE: Final = {
    "STAMMKUNDE_APP_ID": APP,
    "STAMMKUNDE_PARTITIONS": str(PARTITIONS),
    "STAMMKUNDE_ERASURE_SALT": "a salt that nobody guesses",
}


def sent_triggers(first: int) -> list[Sent]:
    """Triggers as a worker of the policy in force would have sent them, of no simulation."""
    return [
        Sent(topics.TRIGGERS, number % PARTITIONS, b"c", json.dumps(trigger(number)).encode())
        for number in range(first, first + 6)
    ]


def trigger(number: int) -> dict[str, Any]:
    at = "2026-01-01T00:00:00Z"
    content = {"trigger_id": f"t-{number}", "customer_id": "c", "rule": "r", "effective_at": at}
    return {**content, "action": {"kind": "content"}, "policy_version": "0"}


async def places(kafka: str) -> list[tuple[str, int, int]]:
    found = [
        each for topic in topics.SOURCES for each in await read_topic(kafka, topic, PARTITIONS)
    ]
    return sorted((each.topic, each.partition, each.offset) for each in found)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cut(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cut]:
    """Send, archive, send more, try, and delete what the files have."""
    folder = tmp_path_factory.mktemp("cut")
    (folder / "newer.yaml").write_text(NEWER)
    async with running_kafka(folder) as address, emptied(address, APP, PARTITIONS) as kafka:
        await send_days(kafka, 0, FIRST_DAYS, None)
        await send(kafka, sent_triggers(0))
        archived = await in_kafka(kafka)
        with archiving(kafka, folder):
            await until(lambda: count(held_by(store_of(folder))) == count(archived), "all records")
        await send_days(kafka, FIRST_DAYS, 100, None)
        await send(kafka, sent_triggers(6))
        whole = Cut(kafka, folder, "", await places(kafka))
        complete = await whole.tried(STAMMKUNDE_ARCHIVE="off")
        assert complete.returncode in {0, 3}, complete.stderr
        ends = {(at.topic, at.number): each[-1].offset + 1 for at, each in archived.items()}
        await delete_before(kafka, ends)
        yield whole._replace(before=complete.stdout)


async def test_the_report_is_the_same_to_the_byte(cut: Cut) -> None:
    """With the files that the settings name, or with those that the command line names."""
    assert len(await places(cut.kafka)) < len(cut.records)
    assert (await cut.tried()).stdout == cut.before
    named = await cut.tried("--archive", str(cut.folder / "archive"), STAMMKUNDE_ARCHIVE="off")
    assert named.stdout == cut.before
    alone = await cut.tried(STAMMKUNDE_ARCHIVE="off")
    assert alone.stdout != cut.before
    assert json.loads(cut.before)["history"]["is_complete"] is True


async def test_each_record_comes_once(cut: Cut) -> None:
    salt = SecretStr(BASE["STAMMKUNDE_ERASURE_SALT"])
    settings = Settings(app_id=APP, partitions=PARTITIONS, erasure_salt=salt)

    def read() -> list[tuple[str, int, int]]:
        place = str(cut.folder / "archive")
        history = find_history(cut.kafka, settings, ArchiveChoice(place))
        sources = [each for each in history.kafka.sources if each[0] in topics.SOURCES]
        with reading_history(cut.kafka, settings, history, sources) as partitions:
            found = [record for records in partitions for record in records]
        return [(each.topic, each.partition, each.offset) for each in found]

    assert sorted(await asyncio.to_thread(read)) == cut.records


async def test_y_what_neither_has_is_named_and_refused_or_left_out(cut: Cut) -> None:
    """Kafka has deleted records since, before they were archived."""
    last = next(name for name in reversed(cut.files) if name.partition.topic == topics.SHOP_EVENTS)
    place, end = (last.partition.topic, last.partition.number), last.last + 1
    lost = min(each[2] for each in cut.records if each[:2] == place and each[2] >= end)
    await delete_before(cut.kafka, {place: lost + 1})
    refused = await cut.tried()
    assert refused.returncode == 1
    gap = f"Neither the archive nor Kafka has offsets {end} to {lost} of {last.partition}"
    assert gap in refused.stderr
    assert "Traceback" not in refused.stderr
    skipped = await cut.tried("--skip-damaged")
    report = json.loads(skipped.stdout)
    assert report["unknown"][0] == f"{gap}."
    assert report["history"]["is_complete"] is False


async def test_z_faulty_files_are_named_and_refused_or_counted(cut: Cut) -> None:
    """They are the last tests, since they spoil the archive."""
    folder = cut.folder / "archive"
    truncated = folder / cut.files[0].path
    truncated.write_bytes(truncated.read_bytes()[:-20])
    (folder / "notes.txt").write_text("not ours")
    refused = await cut.tried()
    assert refused.returncode == 1
    assert "Nothing was tried." in refused.stderr
    assert "notes.txt is no file of the archive" in refused.stderr
    assert f"{cut.files[0].path} is damaged: " in refused.stderr
    skipped = await cut.tried("--skip-damaged")
    [sentence] = json.loads(skipped.stdout)["unknown"][:1]
    assert "left out 1 file that can't be read, 0 ranges" in sentence
    assert "and 1 file of somebody else" in sentence


async def test_z_without_an_archive_where_one_is_named_there_is_no_trial(cut: Cut) -> None:
    refused = await cut.tried("--archive", "./nowhere")
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == "There is no file of an archive in nowhere."
