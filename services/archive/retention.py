"""Which files are too old, and how much room all take."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from services.archive.file_name import FOLLOWED, FileName, StoredFile
from services.archive.store import Store


@dataclass(frozen=True, slots=True)
class Listing:
    """What a store holds."""

    files: tuple[StoredFile, ...]
    foreign: tuple[str, ...] = ()
    """Paths that are no files of the archive."""

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(each.size for each in self.files)


def list_store(store: Store) -> Listing:
    """Return what a store holds, in the order of topics, partitions and offsets."""
    files, foreign = [], []
    for path, size in store.files():
        name = FileName.parse(path)
        if name is not None:
            files.append(StoredFile(name, size))
        elif path != FOLLOWED:
            foreign.append(path)
    return Listing(tuple(sorted(files, key=lambda each: each.name)), tuple(sorted(foreign)))


def oldest_day(today: date, days: int) -> date:
    """The oldest day that is kept: today is one of the days."""
    return today - timedelta(days=days - 1)


def too_old(names: Iterable[FileName], oldest: date) -> list[FileName]:
    """The files of days before the oldest that is kept."""
    return [name for name in names if name.day < oldest]
