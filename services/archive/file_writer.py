"""Writes, erases and removes files, one step at a time, and waits while the store is away.

What one thread does to the store never meets what another does: a lock keeps an erasure from
running while a file is written that was filtered before it.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from structlog.typing import FilteringBoundLogger

from services.archive.buffers import Buffer
from services.archive.erased_people import Salted, Tombstones
from services.archive.erasure import (
    encode_without,
    erase_from_files,
    followed_erasures,
    keep_followed,
    pending,
)
from services.archive.file_name import FileName, Partition, newest_days, next_offsets
from services.archive.metrics import ArchiveMetrics
from services.archive.retention import list_store, too_old
from services.archive.sharing import overlapping, write_alone
from services.archive.store import Store
from services.archive.store_faults import StoreAwayError
from services.platform.outage import Backoff, Outage
from services.platform.tasks import uninterrupted

T = TypeVar("T")
WARN_EVERY_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class ShortestRetention:
    """The topic whose records Kafka keeps for the shortest time: they are lost first."""

    topic: str
    seconds: float


@dataclass(slots=True)
class FileWriter:
    """The files of one store, and who was erased from them."""

    store: Store
    salted: Salted
    metrics: ArchiveMetrics
    log: FilteringBoundLogger
    shortest: ShortestRetention
    """Which topic keeps its records the shortest."""
    clock: Callable[[], float] = time.monotonic
    erased: Tombstones = field(default_factory=dict)
    """Nobody of these is written any more."""
    _sizes: dict[FileName, int] = field(default_factory=dict)
    _followed: Tombstones = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def open(self) -> None:
        """Take the store, and list its files."""
        await self._until_done(self._open)
        self._show_room()

    async def close(self) -> None:
        """Let others write to the store."""
        await asyncio.to_thread(self.store.release)

    def next_offsets(self) -> Mapping[Partition, int]:
        """The offset after the last archived one, by partition."""
        return next_offsets(self._sizes)

    def newest_days(self) -> Mapping[Partition, date]:
        """The day of the last file, by partition."""
        return newest_days(self._sizes)

    def room(self) -> tuple[int, int]:
        """How many files there are, and how many bytes they take."""
        return len(self._sizes), sum(self._sizes.values())

    async def write(self, buffer: Buffer) -> None:
        """Write the file of a buffer, without those who were erased, and clear the buffer.

        Raises:
            PlaceSharedError: another process archives to the same place.
        """
        name, records = buffer.name, tuple(buffer.records)

        def write() -> int:
            content, left_out = encode_without(name, records, self.erased, self.salted)
            if self.store.has_locks:
                self.store.write(name.path, content)
            else:
                write_alone(self.store, name, content, self._sizes)
            self._sizes[name] = len(content)
            return left_out

        left_out = await self._until_done(write)
        self.metrics.records.labels(name.partition.topic).inc(len(records) - left_out)
        self.metrics.erased.inc(left_out)
        buffer.clear()
        self._show_room()

    async def follow(self, erased: Tombstones) -> None:
        """Erase from all files; whoever was erased is no longer written from now on."""
        self.erased = {**self.erased, **erased}
        new = pending(erased, self._followed)
        if not new:
            return
        if not self.store.has_locks:
            await self._until_done(self._list)  # Somebody else may have written files.
        done = await self._until_done(
            lambda: erase_from_files(self.store, list(self._sizes), new, self.salted, self.log)
        )
        self._sizes.update({each.name: each.size for each in done.files})
        self.metrics.erased.inc(done.records)
        self.metrics.damaged.set(len(done.damaged))
        if done.files:
            self.log.info("archive_erased", files=len(done.files), records=done.records)
        self._followed = {**self._followed, **new}
        if not done.damaged:
            await self._until_done(lambda: keep_followed(self.store, self._followed))
        self._show_room()

    async def remove_older_than(self, oldest: date) -> None:
        """Remove the files of days before the oldest that is kept."""
        old = too_old(self._sizes, oldest)
        if not old:
            return
        await self._until_done(lambda: self._remove(old))
        for name in old:
            del self._sizes[name]
        self.log.info("archive_days_removed", files=len(old), before=oldest.isoformat())
        self._show_room()

    def _open(self) -> None:
        self.store.acquire()
        self._list()
        self._followed = followed_erasures(self.store)
        for name in overlapping(self._sizes):
            self.log.error("archive_file_overlaps", path=name.path)

    def _list(self) -> None:
        self._sizes = {each.name: each.size for each in list_store(self.store).files}

    def _remove(self, names: Iterable[FileName]) -> None:
        for name in names:
            self.store.remove(name.path)

    def _show_room(self) -> None:
        files, size = self.room()
        self.metrics.files.set(files)
        self.metrics.bytes.set(size)

    async def _until_done(self, work: Callable[[], T]) -> T:
        """Do something with the store in a thread, again and again while it is away.

        If this is cancelled, it waits for the thread: the next session lists what that has written.
        """
        outage, backoff = Outage(self.log, "archive_store"), Backoff()
        since: float | None = None
        warned: float | None = None
        while True:
            try:
                async with self._lock:
                    done = await uninterrupted(asyncio.to_thread(work))
            except StoreAwayError as error:
                outage.away(str(error))
                self.metrics.store_up.set(0)
            else:
                outage.back()
                self.metrics.store_up.set(1)
                return done
            now = self.clock()
            since = now if since is None else since
            if warned is None or now - warned >= WARN_EVERY_S:
                warned = now if self._warn(now - since) else warned
            await asyncio.sleep(backoff.pause_s())

    def _warn(self, away_s: float) -> bool:
        """Warn if Kafka keeps records for a shorter time than the store has been away."""
        if away_s < self.shortest.seconds:
            return False
        self.log.error(
            "archive_records_at_risk",
            topic=self.shortest.topic,
            retention_s=round(self.shortest.seconds),
            away_s=round(away_s, 1),
        )
        return True
