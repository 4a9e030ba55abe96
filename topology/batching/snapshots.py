"""Snapshots: reads a partition's snapshot at its start, and writes new ones while it runs.

A snapshot holds customers' data outside of Kafka. So one that may hold a removed row goes at once,
as does that of a partition that another worker gets.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from math import inf
from pathlib import Path
from typing import Final
from urllib.parse import quote

import structlog

from topology.batching.config import BatchConfig
from topology.batching.snapshot_file import (
    PART_SUFFIX,
    Head,
    Snapshot,
    SnapshotError,
    read_snapshot,
    write_snapshot,
)

_log = structlog.get_logger(__name__)

_SUFFIX: Final = ".rows"
MAX_AGE_S: Final = 3600.0
"""An older snapshot is not used: Kafka deletes the tombstones of removed rows after some time
(`delete.retention.ms`, a day by default), and without them a removed row would come back."""
_FEW: Final = 1_000
"""Changelog records that are not worth a new snapshot."""


def snapshot_misfit(head: Head, log: range, first_newer: int | None, now: float) -> str | None:
    """Say why a snapshot can't stand for the beginning of a changelog, or return None.

    Args:
        head: the snapshot's.
        log: the changelog's offsets.
        first_newer: the first offset whose record is as new as the snapshot, or newer.
        now: seconds since 1970.
    """
    if not log.start <= head.offset <= log.stop:
        return f"it ends at offset {head.offset}, the changelog goes from {log.start} to {log.stop}"
    if first_newer is not None and first_newer < head.offset:
        return "the changelog has been created again since"
    age = now - head.taken_at / 1000
    if age < 0:
        return "it was taken later than now: the clock of this machine has gone back"
    if age > MAX_AGE_S:
        return "it is too old"
    return None


class PartitionSnapshots:
    """The snapshots of one partition.

    Args:
        config: names their folder; with None, there are none.
        partition: its number.
        time: seconds since 1970.
    """

    def __init__(self, config: BatchConfig, partition: int, time: Callable[[], float]) -> None:
        folder, self._changelog = config.snapshots, config.changelog
        self._file = None if folder is None else _file(folder, config.changelog, partition)
        self._interval = config.snapshot_interval
        self._partition = partition
        self._time = time
        self._offset = 0
        """The offset of the latest snapshot; with no snapshot, 0."""
        self._taken_at = time()
        self._writing: asyncio.Task[None] | None = None
        self._wanted = 0
        """Changes when the snapshot in progress is given up."""

    def now(self) -> float:
        """Seconds since 1970."""
        return self._time()

    async def load(self) -> Snapshot | None:
        """Read the snapshot. None if there is none that can be read."""
        if self._file is None:
            return None
        try:
            return await asyncio.to_thread(
                read_snapshot, self._file, self._changelog, self._partition
            )
        except FileNotFoundError:
            return None
        except (SnapshotError, OSError) as error:
            self.refuse(str(error))
            return None

    def use(self, head: Head) -> None:
        """Note that the partition was restored from the snapshot."""
        self._offset = head.offset

    def refuse(self, reason: str) -> None:
        """Remove the snapshot, since it can't be used."""
        _log.warning("not using a snapshot", partition=self._partition, reason=reason)
        self._forget()

    def is_due(self, changelog_end: int, rows: int) -> bool:
        """True if a restart would read half as many records as there are rows."""
        if self._file is None or self._writing is not None:
            return False
        tail = changelog_end - self._offset
        return tail > max(_FEW, rows // 2) and self._time() - self._taken_at >= self._interval

    def take(self, rows: Mapping[bytes, bytes], changelog_end: int) -> None:
        """Write a snapshot of these rows in a thread. They must all be committed.

        Args:
            rows: the rows, and that of the clock.
            changelog_end: the offset after the last record of them.
        """
        if self._file is None or changelog_end <= self._offset:
            return
        now = self._time()
        head = Head(self._changelog, self._partition, changelog_end, int(now * 1000), len(rows))
        self._taken_at = now
        self._writing = asyncio.create_task(self._write(self._file, head, rows, self._wanted))

    async def finish(self) -> None:
        """Wait for the snapshot in progress."""
        if self._writing is not None:
            await self._writing

    def abandon(self) -> None:
        """Give up the snapshot in progress."""
        self._wanted += 1

    def discard(self) -> None:
        """Remove the snapshot, and give up the one in progress: they may hold a removed row."""
        if self._forget():
            _log.info("removed a snapshot", partition=self._partition)

    def _forget(self) -> bool:
        """Remove the snapshot, and give up the one in progress; False if there was neither."""
        self.abandon()
        self._offset = 0
        return self._remove() or self._writing is not None

    def _remove(self) -> bool:
        if self._file is None:
            return False
        try:
            self._file.unlink()
        except FileNotFoundError:
            return False
        return True

    async def _write(
        self, file: Path, head: Head, rows: Mapping[bytes, bytes], wanted: int
    ) -> None:
        try:
            written = await asyncio.to_thread(
                write_snapshot, file, head, rows, lambda: self._wanted == wanted
            )
        except OSError as error:
            _log.warning("can't write a snapshot", partition=self._partition, reason=str(error))
            return
        finally:
            self._writing = None
        if self._wanted == wanted:
            self._offset = head.offset if written else self._offset
        elif written:  # The thread was past its last question.
            self._remove()


def snapshot_folder(parent: Path, worker: str, *, is_wanted: bool, now: float) -> Path | None:
    """Return a worker's own folder for snapshots, or None if it keeps none.

    Remove the files below `parent` that no restart will use; without snapshots, all of them.

    Args:
        parent: holds a folder for each name that a worker had here; it may be missing.
        worker: the worker's name.
        is_wanted: whether the worker keeps snapshots.
        now: seconds since 1970.
    """
    remove_old_snapshots(parent, MAX_AGE_S if is_wanted else -inf, now)
    if not is_wanted:
        return None
    folder = parent / quote(worker, safe="")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def keep_snapshots(folder: Path, changelog: str, partitions: Iterable[int]) -> None:
    """Remove all snapshots in a folder but those of these partitions."""
    kept = {_file(folder, changelog, partition) for partition in partitions}
    for file in folder.glob(f"*{_SUFFIX}"):
        if file not in kept:
            file.unlink(missing_ok=True)


def remove_old_snapshots(folder: Path, max_age_s: float, now: float) -> None:
    """Remove the files that no restart will use: they are too old, or were not finished.

    Args:
        folder: holds snapshots, or folders of them; it may be missing.
        max_age_s: the age up to which snapshots stay, in seconds.
        now: seconds since 1970.
    """
    for file in folder.rglob("*"):
        is_old = file.suffix == _SUFFIX and now - file.stat().st_mtime > max_age_s
        if is_old or file.suffix == PART_SUFFIX:
            file.unlink(missing_ok=True)


def _file(folder: Path, changelog: str, partition: int) -> Path:
    return folder / f"{changelog}-{partition}{_SUFFIX}"
