"""A snapshot gives back the rows that were written, or says why it can't."""

from collections.abc import Callable
from pathlib import Path
from stat import S_IMODE

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from topology.batching.snapshot_file import Head, SnapshotError, read_snapshot, write_snapshot

Rows = dict[bytes, bytes]
ROWS: Rows = {b"key-%d" % n: b"value %d" % n * (n % 7) for n in range(5_000)}


def head(rows: Rows) -> Head:
    return Head("app-changelog", 3, offset=900, taken_at=1_700_000_000_000, rows=len(rows))


def write(file: Path, rows: Rows, is_wanted: Callable[[], bool] = lambda: True) -> bool:
    return write_snapshot(file, head(rows), rows, is_wanted)


def read(file: Path) -> Rows:
    snapshot = read_snapshot(file, "app-changelog", 3)
    assert snapshot.head == head(snapshot.rows)
    return snapshot.rows


@given(st.dictionaries(st.binary(), st.binary(), max_size=50))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_rows_come_back(tmp_path: Path, rows: Rows) -> None:
    assert write(tmp_path / "rows", rows)
    assert read(tmp_path / "rows") == rows


def test_many_rows_come_back_and_only_the_owner_may_read_them(tmp_path: Path) -> None:
    """They are customers' data, in several blocks."""
    file = tmp_path / "rows"
    assert write(file, ROWS)
    assert read(file) == ROWS
    assert S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_damaged_is_refused(tmp_path: Path, data: st.DataObject) -> None:
    """A byte that was changed anywhere, or an end that is missing."""
    file, rows = tmp_path / "rows", dict(list(ROWS.items())[:100])
    write(file, rows)
    content = bytearray(file.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= data.draw(st.integers(1, 255))
    else:
        del content[place:]
    file.write_bytes(content)
    with pytest.raises(SnapshotError):
        read(file)


def test_what_follows_the_digest_is_damage_too(tmp_path: Path) -> None:
    file = tmp_path / "rows"
    write(file, ROWS)
    file.write_bytes(file.read_bytes() + b"\0")
    with pytest.raises(SnapshotError, match="digest"):
        read(file)


@pytest.mark.parametrize(("changelog", "partition"), [("other-changelog", 3), ("app-changelog", 4)])
def test_one_of_something_else_is_refused(tmp_path: Path, changelog: str, partition: int) -> None:
    write(tmp_path / "rows", ROWS)
    with pytest.raises(SnapshotError, match="it is of app-changelog-3"):
        read_snapshot(tmp_path / "rows", changelog, partition)


@pytest.mark.parametrize(
    ("begin", "reason"), [(b"SKROWS\x009", "another release wrote it"), (b"PK", "no snapshot")]
)
def test_one_of_another_format_is_refused(tmp_path: Path, begin: bytes, reason: str) -> None:
    """It is not called damaged: nothing is wrong with it."""
    write(tmp_path / "rows", ROWS)
    content = (tmp_path / "rows").read_bytes()
    (tmp_path / "rows").write_bytes(begin + content[len(begin) :])
    with pytest.raises(SnapshotError, match=reason):
        read(tmp_path / "rows")


def test_one_that_is_not_wanted_any_more_leaves_nothing(tmp_path: Path) -> None:
    """The one before stays: whoever no longer wants it removes it."""
    file, answers = tmp_path / "rows", iter([True, True, False])
    assert write(file, {b"before": b"1"})
    assert not write(file, ROWS, lambda: next(answers))
    assert read(file) == {b"before": b"1"}
    assert list(tmp_path.iterdir()) == [file]


def test_a_missing_one_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "rows")


def test_a_folder_that_takes_no_file_is_an_error(tmp_path: Path) -> None:
    """Root may write everywhere, but not into a file as if it were a folder."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="directory"):
        write(tmp_path / "file" / "rows", ROWS)
