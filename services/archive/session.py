"""One life of the archive: from taking the store until something changes or goes wrong."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final, NoReturn

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError
from structlog.typing import FilteringBoundLogger

from services.archive.buffers import MOST_BYTES_IN_ALL, Buffer
from services.archive.columns import ArchivedRecord
from services.archive.erased_people import read_tombstones
from services.archive.file_name import Partition
from services.archive.file_writer import FileWriter
from services.archive.resume import ARCHIVED, ask_start
from services.archive.retention import oldest_day
from services.platform.compacted.table import CompactedTable
from services.platform.kafka.topic_reader import partitions_of
from services.platform.tasks import run_until_first_exits
from topology.batching.record import Record, read_records

WAIT_MS: Final = 250
ROUND: Final = 5_000
"""Records that are taken at once."""
TIDY_EVERY_S: Final = 30.0
_NO_DAY: Final = date(1970, 1, 1)


class PartitionsChangedError(Exception):
    """The topics have other partitions than at the start: begin again."""


@dataclass(frozen=True, slots=True)
class Pace:
    """When files are written, and how many days are kept."""

    most_age_s: float
    days: int


@dataclass(slots=True)
class Session:
    """What one life is given, and the records that wait."""

    consumer: AIOKafkaConsumer
    erasures: CompactedTable
    files: FileWriter
    pace: Pace
    log: FilteringBoundLogger
    _buffers: dict[TopicPartition, Buffer] = field(default_factory=dict)

    async def live(self) -> None:
        """Erase whom the files still hold, then archive for ever.

        Raises:
            PartitionsChangedError, ArchiveAheadError, OffsetOutOfRangeError: begin again.
            SaltNeededError: somebody was erased, and without the salt nobody can know who.
            KafkaError: Kafka is away.
        """
        self.files.metrics.watch_waiting(self._waiting_records, self._waiting_s)
        while not self.erasures.is_read:
            await self.erasures.wait_change()
        await self._follow_erasures_once()
        await self._resume()
        await run_until_first_exits(self._archive(), self._follow_erasures(), self._tidy())

    async def _resume(self) -> None:
        read_records(self.consumer)
        partitions = await partitions_of(self.consumer, ARCHIVED)
        self.consumer.assign(partitions)
        oldest = oldest_day(_today(), self.pace.days)
        start = await ask_start(self.consumer, self.files.next_offsets(), oldest)
        days = self.files.newest_days()
        for at in partitions:
            partition = Partition(at.topic, at.partition)
            first = start.offsets[partition]
            self.consumer.seek(at, first)
            self._buffers[at] = Buffer(partition, first, days.get(partition, _NO_DAY))
        for partition, offsets in start.lost.items():
            self._report_lost(partition, offsets)
        files, size = self.files.room()
        place = self.files.store.place
        self.log.info("archive_started", place=place, files=files, bytes=size)

    def _report_lost(self, partition: Partition, offsets: range) -> None:
        self.files.metrics.count_lost(partition, offsets)
        self.log.error(
            "archive_records_lost",
            partition=str(partition),
            offsets=len(offsets),
            first=offsets.start,
            last=offsets.stop - 1,
        )

    async def _archive(self) -> NoReturn:
        """Archive for ever. If Kafka has deleted the next records, it may have deleted more.

        So what has been read is written first.
        """
        try:
            await self._archive_records()
        except OffsetOutOfRangeError:
            for buffer in self._buffers.values():
                if buffer.records:
                    await self.files.write(buffer)
            raise

    async def _archive_records(self) -> NoReturn:
        while True:
            found: Mapping[TopicPartition, Sequence[Record]] = await self.consumer.getmany(
                timeout_ms=WAIT_MS, max_records=ROUND
            )
            for at, records in found.items():
                await self._take(self._buffers[at], records)
            await self._write_due()

    async def _take(self, buffer: Buffer, records: Sequence[Record]) -> None:
        now = time.monotonic()
        for each in records:
            record = ArchivedRecord(
                each.offset, each.timestamp, each.key, each.value, tuple(each.headers)
            )
            if buffer.ends_before(record) or buffer.is_full():
                await self.files.write(buffer)
            buffer.add(record, now)

    async def _write_due(self) -> None:
        now, today = time.monotonic(), _today()
        for buffer in self._buffers.values():
            if buffer.is_full() or buffer.is_due(now, self.pace.most_age_s, today):
                await self.files.write(buffer)
        if sum(buffer.size for buffer in self._buffers.values()) > MOST_BYTES_IN_ALL:
            await self.files.write(max(self._buffers.values(), key=lambda each: each.size))

    async def _follow_erasures(self) -> NoReturn:
        seen = None
        while True:
            await self._follow_erasures_once()
            seen = await self.erasures.wait_change(seen)

    async def _follow_erasures_once(self) -> None:
        records = self.erasures.items()
        await self.files.follow(read_tombstones(records, self.files.salted, self.log))

    async def _tidy(self) -> NoReturn:
        while True:
            await self.files.remove_older_than(oldest_day(_today(), self.pace.days))
            await asyncio.sleep(TIDY_EVERY_S)
            if set(await partitions_of(self.consumer, ARCHIVED)) != self._buffers.keys():
                raise PartitionsChangedError

    def _waiting_records(self) -> int:
        return sum(len(each.records) for each in self._buffers.values())

    def _waiting_s(self) -> float:
        waiting = [each.since for each in self._buffers.values() if each.records]
        return time.monotonic() - min(waiting) if waiting else 0.0


def _today() -> date:
    return datetime.now(UTC).date()
