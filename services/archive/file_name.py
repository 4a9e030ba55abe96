"""The names of the archive's files: topic, day, partition, and the offsets that a file covers.

The ranges of a partition's files meet: the next one begins with the offset after the last one. A
range also covers offsets without a record, such as those of transactions. So a gap between two
files means that a file is missing, or that Kafka had deleted records before they were archived.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

FOLLOWED: Final = "erasures.json"
"""The archive's only other file: which erasures all files follow."""
_NAME: Final = re.compile(
    r"topic=(?P<topic>[A-Za-z0-9._-]+)/day=(?P<day>\d{4}-\d\d-\d\d)/"
    r"(?P<partition>\d{5})-(?P<first>\d{20})-(?P<last>\d{20})\.parquet"
)


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """One partition of a topic."""

    topic: str
    number: int

    def __str__(self) -> str:
        """The partition as text, such as `shop.events.v1-3`."""
        return f"{self.topic}-{self.number}"


@dataclass(frozen=True, slots=True, order=True)
class FileName:
    """What the name of a file says. `first` and `last` are offsets, both included."""

    partition: Partition
    first: int
    last: int
    day: date

    @property
    def path(self) -> str:
        """The path in the archive. Tools read topic and day as columns of their own."""
        return (
            f"topic={self.partition.topic}/day={self.day.isoformat()}/"
            f"{self.partition.number:05}-{self.first:020}-{self.last:020}.parquet"
        )

    @classmethod
    def parse(cls, path: str) -> Self | None:
        """Read a path; None if it is no file of the archive."""
        found = _NAME.fullmatch(path)
        if found is None:
            return None
        try:
            day = date.fromisoformat(found["day"])
        except ValueError:
            return None
        first, last = int(found["first"]), int(found["last"])
        if last < first:
            return None
        return cls(Partition(found["topic"], int(found["partition"])), first, last, day)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the store, and its size in bytes."""

    name: FileName
    size: int


def next_offsets(names: Iterable[FileName]) -> dict[Partition, int]:
    """The offset after the last one that is archived, by partition."""
    found: dict[Partition, int] = {}
    for name in names:
        found[name.partition] = max(found.get(name.partition, 0), name.last + 1)
    return found


def newest_days(names: Iterable[FileName]) -> dict[Partition, date]:
    """The day of each partition's last file: no later file of it is of an earlier day."""
    found: dict[Partition, date] = {}
    for name in names:
        found[name.partition] = max(found.get(name.partition, name.day), name.day)
    return found
