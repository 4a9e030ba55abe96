"""The records of a partition that wait for their file, and when that is due."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final

from schemas.topics import DAY_MS
from services.archive.columns import ArchivedRecord
from services.archive.file_name import FileName, Partition
from services.archive.parquet import ROW_GROUP

MOST_ROWS: Final = ROW_GROUP
"""A file has one whole row group then."""
MOST_BYTES: Final = 96 * 1024 * 1024
"""Of keys and values in one buffer."""
MOST_BYTES_IN_ALL: Final = 256 * 1024 * 1024
"""If all buffers hold more, the largest one is written."""

PAST_DAY_S: Final = 60.0


@dataclass(slots=True)
class Buffer:
    """Records of one partition, of one day."""

    partition: Partition
    first: int
    """The offset at which the next file begins."""
    day: date
    """The day of the next file: a partition's days never go back, whatever its clocks say."""
    records: list[ArchivedRecord] = field(default_factory=list)
    size: int = 0
    """In bytes."""
    since: float = 0.0
    """When the first record came, by the monotonic clock."""
    _day_ends_ms: int = 0

    def add(self, record: ArchivedRecord, now: float) -> None:
        """Take a record that belongs to this buffer's day."""
        if not self.records:
            self.since = now
            self.day = max(self.day, day_of(record.timestamp))
            self._day_ends_ms = _end_of(self.day)
        self.records.append(record)
        self.size += len(record.key or b"") + len(record.value or b"")

    def ends_before(self, record: ArchivedRecord) -> bool:
        """Return whether the file must be written before this record: it is of a later day."""
        return bool(self.records) and record.timestamp >= self._day_ends_ms

    def is_full(self) -> bool:
        """Return whether a file of it is large enough."""
        return len(self.records) >= MOST_ROWS or self.size >= MOST_BYTES

    def is_due(self, now: float, most_age_s: float, today: date) -> bool:
        """Return whether its file must be written although it is small.

        That of an earlier day is soon due. It waits a moment, since after an outage more follow.
        """
        most = most_age_s if self.day >= today else min(most_age_s, PAST_DAY_S)
        return bool(self.records) and now - self.since >= most

    @property
    def name(self) -> FileName:
        """The name of the file; it has records."""
        return FileName(self.partition, self.first, self.records[-1].offset, self.day)

    def clear(self) -> None:
        """Begin the next file, once this one is durable."""
        self.first = self.records[-1].offset + 1
        self.records, self.size = [], 0


def day_of(timestamp_ms: int) -> date:
    """The UTC day of a timestamp in milliseconds."""
    return datetime.fromtimestamp(max(timestamp_ms, 0) / 1000, UTC).date()


def _end_of(day: date) -> int:
    """The first millisecond of the next day."""
    return round(datetime.combine(day, time(), UTC).timestamp() * 1000) + DAY_MS
