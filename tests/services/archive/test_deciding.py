"""What is decided without Kafka: where to go on, when a file is due, whom an erasure covers."""

import errno
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from schemas import topics
from services.archive.buffers import MOST_ROWS, Buffer, day_of
from services.archive.columns import ArchivedRecord, Row
from services.archive.erased_people import Salted
from services.archive.file_name import Partition
from services.archive.folder_store import FolderStore
from services.archive.metrics import ArchiveMetrics
from services.archive.record_names import content_of
from services.archive.resume import ArchiveAheadError, start_of
from services.archive.retention import oldest_day
from services.archive.run import shortest_of
from services.archive.store_faults import StoreAwayError
from tests.services.archive.world import order

ONE = Partition(topics.SHOP_EVENTS, 0)
TODAY = date(2026, 11, 30)
NOON_MS = int(datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp() * 1000)
DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("archived", "beginning", "kept_from", "start", "lost"),
    [
        ({}, 0, 0, 0, {}),
        ({}, 5, 40, 40, {}),
        ({ONE: 30}, 5, 40, 30, {}),
        ({ONE: 100}, 5, 0, 100, {}),
        ({ONE: 3}, 5, 0, 5, {ONE: range(3, 5)}),
    ],
)
def test_it_goes_on_after_its_files(
    archived: dict[Partition, int],
    beginning: int,
    kept_from: int,
    start: int,
    lost: dict[Partition, range],
) -> None:
    found = start_of(archived, {ONE: beginning}, {ONE: 100}, {ONE: kept_from})
    assert (found.offsets[ONE], dict(found.lost)) == (start, lost)


def test_a_lost_offset_is_counted_once() -> None:
    """Each session finds it again until the next file is written."""
    metrics = ArchiveMetrics()
    for lost in (range(3, 5), range(3, 5), range(3, 9)):
        metrics.count_lost(ONE, lost)
    found = metrics.registry.get_sample_value("stammkunde_archive_lost_total", {"topic": ONE.topic})
    assert found == 6


def test_files_of_other_topics_are_not_gone_on_with() -> None:
    with pytest.raises(ArchiveAheadError):
        start_of({ONE: 101}, {ONE: 0}, {ONE: 100}, {ONE: 0})


def buffer(*stamps: int) -> Buffer:
    found = Buffer(ONE, 0, date(1970, 1, 1))
    for offset, stamp in enumerate(stamps):
        found.add(ArchivedRecord(offset, stamp, b"k", b"v"), now=100.0)
    return found


def test_a_file_ends_with_its_day_and_days_never_go_back() -> None:
    found = buffer(NOON_MS)
    assert found.day == TODAY
    assert found.ends_before(ArchivedRecord(1, NOON_MS + DAY_MS, None, None))
    assert not found.ends_before(ArchivedRecord(1, NOON_MS - DAY_MS, None, None))
    found.clear()
    found.add(ArchivedRecord(4, NOON_MS - DAY_MS, None, None), 0.0)
    assert (found.name.first, found.name.last, found.name.day) == (1, 4, TODAY)


def test_a_file_is_due_by_size_by_age_and_soon_after_its_day() -> None:
    found = buffer(NOON_MS)
    assert not found.is_due(3_699.0, 3_600.0, TODAY)
    assert found.is_due(3_700.0, 3_600.0, TODAY)
    assert not found.is_due(159.0, 3_600.0, TODAY + timedelta(days=1))
    assert found.is_due(160.0, 3_600.0, TODAY + timedelta(days=1))
    assert not buffer().is_due(9_999.0, 1.0, TODAY)
    assert not found.is_full()
    found.records *= MOST_ROWS
    assert found.is_full()


def test_today_is_one_of_the_days_that_are_kept() -> None:
    assert oldest_day(TODAY, 1) == TODAY
    assert oldest_day(TODAY, 400) == TODAY - timedelta(days=399)
    assert day_of(NOON_MS) == TODAY


def test_the_shortest_retention_is_found_and_a_negative_one_is_for_ever() -> None:
    assert shortest_of([("a", "-1"), ("b", "5000"), ("c", "9000")]).topic == "b"
    assert shortest_of([("a", "-1")]).seconds == float("inf")


SALTED = Salted(b"a salt that nobody guesses")
AT = datetime(2026, 11, 30, tzinfo=UTC)


def row(value: bytes, key: bytes | None = None, topic: str = topics.SHOP_EVENTS) -> Row:
    return Row(ArchivedRecord(0, NOON_MS, key, value), content_of(topic, value))


@pytest.mark.parametrize(
    ("name", "covered"),
    [
        ("c-1", row(order("c-1", 1, timestamp="2026-11-29T00:00:00Z"))),
        ("c-1", row(order("c-2", 1, timestamp="2026-11-29T00:00:00Z"), b"c-1")),
        ("a-1", row(order("c-1", 1, anonymousId="a-1", timestamp="2026-11-29T00:00:00Z"))),
        ("e@x.de", row(order(" E@X.de ", 1, timestamp="2026-11-29T00:00:00Z"))),
        ("7", row(b'{"type":"identify","userId":7,"timestamp":"2026-11-29T00:00:00Z"}')),
        (
            "loyalty:55",
            row(
                b'{"type":"identify","userId":"c-1","timestamp":"2026-11-29T00:00:00Z",'
                b'"context":{"externalIds":[{"type":"card","id":"55"}]}}'
            ),
        ),
    ],
)
def test_an_erasure_covers_every_form_of_a_name(name: str, covered: Row) -> None:
    erased = {SALTED.tombstone(name.encode()): AT}
    assert SALTED.covers(erased, covered)
    assert not SALTED.covers({SALTED.tombstone(b"c-9"): AT}, covered)
    before = {SALTED.tombstone(name.encode()): datetime(2026, 11, 28, tzinfo=UTC)}
    assert not SALTED.covers(before, covered)


def test_a_record_without_a_time_counts_from_its_arrival() -> None:
    message = row(b'{"type":"identify","userId":"c-1"}')
    noon = datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert SALTED.covers({SALTED.tombstone(b"c-1"): noon}, message)
    assert not SALTED.covers({SALTED.tombstone(b"c-1"): noon - timedelta(seconds=1)}, message)


def test_a_write_that_fails_leaves_nothing_and_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderStore(tmp_path)
    store.write("day/file", b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreAwayError, match="No space left on device"):
        store.write("day/file", b"new")
    assert [*store.files()] == [("day/file", 3)]
    assert store.read("day/file") == b"old"
    assert [path.name for path in (tmp_path / "day").iterdir()] == ["file"]


def test_what_a_killed_process_left_is_removed_and_never_listed(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.write("day/file", b"whole")
    (tmp_path / "day" / "other.unfinished").write_bytes(b"ha")
    assert [path for path, _ in store.files()] == ["day/file"]
    store.acquire()
    store.release()
    assert not (tmp_path / "day" / "other.unfinished").exists()
