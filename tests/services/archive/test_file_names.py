"""A file's name says what it covers, and nothing else is a file of the archive."""

from datetime import date

import pytest

from services.archive.file_name import FileName, Partition, newest_days, next_offsets

ONE = Partition("shop.events.v1", 0)
OTHER = Partition("shop.events.v1", 1)


def named(partition: Partition, first: int, last: int, day: int = 1) -> FileName:
    return FileName(partition, first, last, date(2026, 11, day))


def test_a_name_is_read_back() -> None:
    name = named(OTHER, 17, 2**40)
    assert FileName.parse(name.path) == name
    assert name.path.startswith("topic=shop.events.v1/day=2026-11-01/00001-00000000000000000017-")


@pytest.mark.parametrize(
    "path",
    [
        "erasures.json",
        "notes.txt",
        named(ONE, 1, 2).path + ".unfinished",
        named(ONE, 1, 2).path.replace("2026-11-01", "2026-13-01"),
        named(ONE, 3, 2).path,
        "elsewhere/" + named(ONE, 1, 2).path,
    ],
)
def test_other_paths_are_no_files_of_the_archive(path: str) -> None:
    assert FileName.parse(path) is None


def test_each_partition_goes_on_after_its_last_offset() -> None:
    names = [named(ONE, 10, 19, day=2), named(ONE, 0, 9), named(OTHER, 5, 5)]
    assert next_offsets(names) == {ONE: 20, OTHER: 6}
    assert newest_days(names) == {ONE: date(2026, 11, 2), OTHER: date(2026, 11, 1)}
