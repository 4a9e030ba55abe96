"""The role against a real Kafka: erasures, retention, outages of the store, and its settings."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas import topics
from services.archive.file_name import FileName, Partition
from services.archive.parquet import encode_file
from services.archive.retention import list_store
from tests.services.archive.world import (
    archiving,
    count,
    erase,
    held_by,
    in_kafka,
    order,
    orders,
    store_of,
    until,
)
from tests.services.tools.cli.command import run
from tests.topology.batching.kafka import Sent, send

pytestmark = pytest.mark.e2e


def raw_content(folder: Path) -> bytes:
    """Everything in all files, as it was before it was compressed."""
    held = held_by(store_of(folder))
    decoded = [repr(record).encode() for records in held.values() for record in records]
    stored = [path.read_bytes() for path in (folder / "archive").rglob("*") if path.is_file()]
    return b"".join([*decoded, *stored])


def of_one_person() -> list[Sent]:
    """A person under three names, in messages of several forms."""
    shop, social = topics.SHOP_EVENTS, topics.SOCIAL_EVENTS
    alias = {"type": "alias", "userId": "anna-7", "previousId": "cookie-7"}
    handle = {
        "type": "track",
        "event": "Social Mentioned",
        "properties": {"network": "instagram", "handle": "@AnnaSieben"},
    }
    transition = {
        "customer_id": "anna-7",
        "dimension": "segment",
        "from": "new",
        "to": "at_risk",
        "cause": "clock",
        "effective_at": "2020-01-01T00:00:00Z",
    }
    return [
        Sent(shop, 0, b"anna-7", order("anna-7", 1)),
        Sent(shop, 1, None, order("anna-7", 2, anonymousId="cookie-7")),
        Sent(shop, 0, None, json.dumps(alias).encode()),
        Sent(shop, 1, b"cookie-7", b"\xff no text"),
        Sent(social, 0, None, json.dumps(handle).encode()),
        Sent(topics.TRANSITIONS, 0, b"anna-7", json.dumps(transition).encode()),
    ]


NAMES = ("anna-7", "cookie-7", "instagram:annasieben")


async def test_within_a_minute_of_an_erasure_no_file_holds_the_person(
    kafka: str, tmp_path: Path
) -> None:
    others = orders(5, 4)
    await send(kafka, [*others, *of_one_person()])
    with archiving(kafka, tmp_path) as process:
        await until(lambda: count(held_by(store_of(tmp_path))) == len(others) + 6, "all records")
        assert all(word in raw_content(tmp_path).lower() for word in (b"anna", b"cookie-7"))
        await erase(kafka, *NAMES)
        await until(lambda: process.logged("archive_erased") != [], "an erasure")
        content = raw_content(tmp_path).lower()
        assert b"anna" not in content
        assert b"cookie-7" not in content
        await until((tmp_path / "archive" / "erasures.json").exists, "what it follows")
        later = datetime.now(UTC) + timedelta(minutes=5)
        await send(
            kafka,
            [
                Sent(
                    topics.SHOP_EVENTS,
                    0,
                    b"anna-7",
                    order("anna-7", 1, timestamp="2020-01-01T00:00:00Z"),
                ),
                Sent(topics.SHOP_EVENTS, 0, b"c-0", order("c-0", 99, timestamp=later.isoformat())),
            ],
        )
        await until(lambda: count(held_by(store_of(tmp_path))) == len(others) + 1, "one more")
        assert b"anna" not in raw_content(tmp_path).lower()
    everything = await in_kafka(kafka)
    assert count(held_by(store_of(tmp_path))) == count(everything) - 7


async def test_an_erasure_while_the_archive_was_down_is_followed_at_its_start(
    kafka: str, tmp_path: Path
) -> None:
    await send(kafka, [*orders(3, 2), *of_one_person()])
    with archiving(kafka, tmp_path):
        await until(lambda: count(held_by(store_of(tmp_path))) == 12, "all records")
    await erase(kafka, *NAMES)
    with archiving(kafka, tmp_path):
        await until(lambda: b"anna" not in raw_content(tmp_path).lower(), "an erasure")
    assert b"cookie-7" not in raw_content(tmp_path).lower()
    assert count(held_by(store_of(tmp_path))) == 6


async def test_old_days_are_removed_and_the_log_has_the_room(kafka: str, tmp_path: Path) -> None:
    store = store_of(tmp_path)
    old = FileName(Partition(topics.SHOP_EVENTS, 0), 0, 0, datetime(2020, 1, 1, tzinfo=UTC).date())
    await send(kafka, orders(4, 1))
    store.write(old.path, encode_file(old, [], None))
    with archiving(kafka, tmp_path) as process:
        await until(lambda: process.logged("archive_days_removed") != [], "a removal")
        await until(lambda: count(held_by(store)) == 3, "the others")
        [started] = process.logged("archive_started")
    assert started["files"] == 1
    assert started["bytes"] > 0
    assert old not in {each.name for each in list_store(store).files}
    assert not (tmp_path / "archive" / old.path).parent.exists()


async def test_it_waits_for_a_store_that_takes_nothing(kafka: str, tmp_path: Path) -> None:
    await send(kafka, orders(4, 2))
    blocked = tmp_path / "archive"
    blocked.write_text("a file stands where the folder should be")
    with archiving(kafka, tmp_path) as process:
        await until(lambda: bool(process.logged("archive_store_away")), "a word about it")
        assert process.status is None
        blocked.unlink()
        await until(lambda: count(held_by(store_of(tmp_path))) == 8, "all records")
        assert process.logged("archive_store_back")


async def test_a_second_archive_waits_for_the_first(kafka: str, tmp_path: Path) -> None:
    with archiving(kafka, tmp_path) as first:
        await until(lambda: bool(first.logged("archive_started")), "the first")
        with archiving(kafka, tmp_path) as second:
            await until(lambda: "another process archives to" in second.output, "a word about it")
            first.kill()
            await until(lambda: len(second.logged("archive_started")) == 2, "the second")


async def test_files_of_another_kafka_are_not_gone_on_with(kafka: str, tmp_path: Path) -> None:
    name = FileName(Partition(topics.SHOP_EVENTS, 0), 0, 4_999, datetime.now(UTC).date())
    store_of(tmp_path).write(name.path, encode_file(name, [], None))
    with archiving(kafka, tmp_path) as process:
        await until(lambda: bool(process.logged("archive_ahead_away")), "a word about it")
        assert "5,000 of shop.events.v1-0" in process.output
        assert process.status is None


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("STAMMKUNDE_ARCHIVE", "offf", "STAMMKUNDE_ARCHIVE: "),
        ("STAMMKUNDE_ARCHIVE", "gs://bucket", "STAMMKUNDE_ARCHIVE: "),
        ("STAMMKUNDE_ARCHIVE_DAYS", "0", "STAMMKUNDE_ARCHIVE_DAYS: "),
        ("STAMMKUNDE_ARCHIVE_FILE_AGE_S", "soon", "STAMMKUNDE_ARCHIVE_FILE_AGE_S: "),
        ("STAMMKUNDE_ARCHIVE", "off", "STAMMKUNDE_ARCHIVE is off"),
    ],
)
def test_a_bad_setting_stops_the_start(
    tmp_path: Path, setting: str, value: str, words: str
) -> None:
    ended = run(tmp_path, "archive", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1", **{setting: value})
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(words)
