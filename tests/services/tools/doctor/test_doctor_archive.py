"""`stammkunde doctor` looks at the archive: its place, and how far it is behind Kafka."""

from datetime import date
from math import inf
from pathlib import Path
from typing import Any, Final

import pytest

from schemas import topics
from services.archive.file_name import FileName, Partition, StoredFile
from services.archive.file_writer import ShortestRetention
from services.archive.retention import Listing
from services.tools.doctor.archive import ArchivedPartition, check_place, lag_finding
from services.tools.doctor.finding import Verdict
from tests.services.archive.world import (
    APP,
    PARTITIONS,
    archiving,
    count,
    held_by,
    orders,
    store_of,
    until,
)
from tests.services.tools.cli.command import run
from tests.services.worker.around import emptied, running_kafka
from tests.topology.batching.kafka import delete_before, send

MONTH: Final = ShortestRetention(topics.SHOP_EVENTS, 30 * 86_400.0)
SHOP: Final = Partition(topics.SHOP_EVENTS, 1)


def partition(**others: int) -> ArchivedPartition:
    """One of which each record is in a file, but the last three."""
    fields: dict[str, Any] = {"archived": 97, "first": 10, "end": 100, "due": 95}
    return ArchivedPartition(SHOP, **{**fields, "endangered_before": 50, **others})


@pytest.mark.parametrize(
    ("one", "verdict", "words"),
    [
        (partition(), Verdict.OK, "3 offsets are in no file yet; Kafka keeps shop"),
        (partition(), Verdict.OK, "for 30 days, so the archive may not be away longer"),
        (partition(archived=94), Verdict.NOTE, "does the archive run?"),
        (partition(archived=49), Verdict.WRONG, "half of that has gone by for shop.events.v1-1"),
        (partition(archived=5), Verdict.WRONG, "deleted offsets 5 to 9 of shop.events.v1-1"),
        (partition(archived=200), Verdict.WRONG, "end at offset 200 of shop.events.v1-1, and"),
    ],
)
def test_it_reports_the_worst(one: ArchivedPartition, verdict: Verdict, words: str) -> None:
    found = lag_finding([partition(archived=100), one], MONTH)
    assert found.verdict is verdict
    assert words in found.message


def test_kafka_may_keep_records_for_ever() -> None:
    assert "for ever" in lag_finding([partition()], ShortestRetention(topics.TRIGGERS, inf)).message


def test_a_place_that_takes_no_file_is_wrong(tmp_path: Path) -> None:
    """Also a folder whose name a file has."""
    name = FileName(SHOP, 0, 9, date(2026, 11, 30))
    listing = Listing((StoredFile(name, 5),))
    assert check_place(str(tmp_path / "new"), listing).verdict is Verdict.OK
    (tmp_path / "file").write_text("no folder")
    assert check_place(str(tmp_path / "file"), listing).verdict is Verdict.WRONG
    assert check_place(str(tmp_path), Listing((), ("notes.txt",))).verdict is Verdict.WRONG


def test_off_is_a_note(tmp_path: Path) -> None:
    ended = run(tmp_path, "doctor", STAMMKUNDE_ARCHIVE="off")
    [line] = [each for each in ended.stdout.splitlines() if each[7:20].strip() == "archive"]
    assert line.startswith("note")


@pytest.mark.e2e
async def test_a_real_archive_and_what_kafka_has_deleted(tmp_path: Path) -> None:
    def lines() -> str:
        settings = {"STAMMKUNDE_APP_ID": APP, "STAMMKUNDE_PARTITIONS": str(PARTITIONS)}
        return run(tmp_path, "doctor", KAFKA_BOOTSTRAP_SERVERS=kafka, **settings).stdout

    async with running_kafka(tmp_path) as address, emptied(address, APP, PARTITIONS) as kafka:
        assert "note   archive lag    nothing is archived yet" in lines()
        await send(kafka, orders(4, 3))
        with archiving(kafka, tmp_path):
            await until(lambda: count(held_by(store_of(tmp_path))) == 12, "all records")
        assert "ok     archive        2 files, 0.00 GiB" in lines()
        await send(kafka, orders(4, 1))
        assert "ok     archive lag    4 offsets are in no file yet" in lines()
        await delete_before(kafka, {(topics.SHOP_EVENTS, 0): 8})
        found = lines()
    assert "WRONG  archive lag    Kafka has deleted offsets 6 to 7 of shop.events.v1-0" in found
