"""While the store is away nothing is lost, and somebody learns when Kafka may delete records."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from typing import BinaryIO

import structlog
from structlog.testing import capture_logs

from schemas import topics
from services.archive.buffers import Buffer
from services.archive.columns import ArchivedRecord
from services.archive.erased_people import Salted
from services.archive.file_name import Partition
from services.archive.file_writer import FileWriter, ShortestRetention
from services.archive.metrics import ArchiveMetrics
from services.archive.store_faults import NoSuchFileError, StoreAwayError
from tests.services.archive.world import held_by

ONE = Partition(topics.SHOP_EVENTS, 0)


class FullStore:
    """A store in memory that takes no file until it has refused some, and may be slow."""

    place = "memory"
    has_locks = True

    def __init__(self, refusals: int, takes_s: float = 0.0) -> None:
        self.refusals = refusals
        self.takes_s = takes_s
        self.content: dict[str, bytes] = {}

    def acquire(self) -> None:
        """Nobody else is there."""

    def release(self) -> None:
        """Nobody else is there."""

    def files(self) -> Iterator[tuple[str, int]]:
        return iter([(path, len(content)) for path, content in self.content.items()])

    def write(self, path: str, content: bytes) -> None:
        self.refusals -= 1
        if self.refusals >= 0:
            raise StoreAwayError("No space left on device")
        time.sleep(self.takes_s)
        self.content[path] = content

    def read(self, path: str) -> bytes:
        if path not in self.content:
            raise NoSuchFileError(path)
        return self.content[path]

    def open(self, path: str) -> BinaryIO:
        return BytesIO(self.read(path))

    def remove(self, path: str) -> None:
        self.content.pop(path, None)


RECORD = ArchivedRecord(0, 1_790_000_000_000, b"k", b"v")


def one_record() -> Buffer:
    buffer = Buffer(ONE, 0, date(1970, 1, 1))
    buffer.add(RECORD, 0.0)
    return buffer


async def opened(
    store: FullStore, metrics: ArchiveMetrics, clock: Callable[[], float] = time.monotonic
) -> FileWriter:
    shortest = ShortestRetention(topics.SHOP_EVENTS, 5_400.0)
    log = structlog.get_logger()
    writer = FileWriter(store, Salted(None), metrics, log, shortest, clock=clock)
    await writer.open()
    return writer


async def test_the_outage_is_longer_than_kafka_keeps_records() -> None:
    store, metrics = FullStore(refusals=3), ArchiveMetrics()
    hours = iter(range(100))
    with capture_logs() as logged:
        writer = await opened(store, metrics, clock=lambda: next(hours) * 3_600.0)
        buffer = one_record()
        writing = asyncio.create_task(writer.write(buffer))
        while store.refusals > 0:
            await asyncio.sleep(0.001)
        assert metrics.registry.get_sample_value("stammkunde_archive_store_up") == 0
        await writing
    [at_risk] = [line for line in logged if line["event"] == "archive_records_at_risk"]
    assert (at_risk["topic"], at_risk["away_s"]) == (topics.SHOP_EVENTS, 7_200.0)
    assert metrics.registry.get_sample_value("stammkunde_archive_store_up") == 1
    assert held_by(store) == {ONE: [RECORD]}
    assert not buffer.records


async def test_a_write_that_is_cancelled_is_over_before_anything_else_begins() -> None:
    """The next session would write the same records into another file."""
    store = FullStore(refusals=0, takes_s=0.3)
    writer = await opened(store, ArchiveMetrics())
    writing = asyncio.create_task(writer.write(one_record()))
    await asyncio.sleep(0.1)
    writing.cancel()
    await asyncio.wait([writing])
    assert writing.cancelled()
    assert held_by(store) == {ONE: [RECORD]}
    assert writer.next_offsets() == {ONE: 1}
