"""The part of a trial's history that the archive has, since Kafka has deleted it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final, NamedTuple

from schemas import topics
from schemas.counted import counted
from services.archive.columns import ArchivedRecord, Row
from services.archive.erased_people import Salted, Tombstones
from services.archive.erasure import followed_erasures, pending
from services.archive.file_name import FileName
from services.archive.inspection import Findings, usable_files
from services.archive.parquet import DamagedFileError, decode_in_parts
from services.archive.record_names import content_of
from services.archive.store import Store, store_at
from services.archive.store_faults import StoreAwayError
from services.platform.faults import FaultError
from services.trials.side import Place
from topology.batching.record import Record

_BROKERS_TIME: Final = 1


class Archived(NamedTuple):
    """The files of an archive that can be used, and who was erased."""

    place: str
    files: Mapping[Place, tuple[FileName, ...]]
    """Those of each partition, in the order of their offsets."""
    erased: Tombstones
    """Everyone: the files hold nobody of them, so the records of Kafka must not either."""
    unfollowed: Tombstones
    """Those whom files may still hold."""
    left_out: str = ""
    """A sentence that counts what is faulty; empty if nothing is."""


def find_archived(place: str, erased: Tombstones, *, skip_damaged: bool) -> Archived:
    """List an archive, and read each file once.

    Raises:
        NoArchiveError: there is none.
        FaultError: it is faulty, or does not answer.
    """
    store = store_at(place)
    wanted = (*topics.SOURCES, topics.TRIGGERS)
    found = usable_files(store, wanted, skip_damaged=skip_damaged, undone="Nothing was tried.")
    by_partition = groupby(sorted(found.whole), key=lambda each: each.partition)
    return Archived(
        place=place,
        files={(at.topic, at.number): tuple(names) for at, names in by_partition},
        erased=erased,
        unfollowed=pending(erased, followed_erasures(store)),
        left_out=_left_out(found),
    )


def _left_out(found: Findings) -> str:
    if not found.faults:
        return ""
    return (
        f"The archive is faulty, and the trial has left out {counted(len(found.damaged), 'file')} "
        f"that can't be read, {counted(len(found.missing), 'range')} of offsets without a file, "
        f"and {counted(len(found.foreign), 'file')} of somebody else: customers' histories have "
        "gaps there."
    )


class ArchivedRecords:
    """Reads the records of an archive, and leaves out those of erased people."""

    def __init__(self, archived: Archived, salt: bytes | None) -> None:
        self._archived = archived
        self._store = store_at(archived.place)
        self._salted = Salted(salt)

    def of(self, place: Place) -> Iterator[Record]:
        """Yield the records of one partition that files have.

        Raises:
            FaultError: the archive has changed since it was listed, or does not answer.
        """
        names = self._archived.files.get(place, ())
        records = (_record(place, each) for name in names for each in _read(self._store, name))
        return self._without(self._archived.unfollowed, records)

    def without_erased(self, records: Iterable[Record]) -> Iterator[Record]:
        """Leave out those of the records of Kafka that no file would hold."""
        return self._without(self._archived.erased, records)

    def _without(self, erased: Tombstones, records: Iterable[Record]) -> Iterator[Record]:
        if not erased:
            return iter(records)
        return (record for record in records if not self._salted.covers(erased, _row(record)))


def _read(store: Store, name: FileName) -> Iterator[ArchivedRecord]:
    try:
        yield from decode_in_parts(store.read(name.path))
    except (StoreAwayError, DamagedFileError) as error:
        msg = f"The archive {store.place} can't be read: {error}. Run the command again."
        raise FaultError(msg) from None


def _record(place: Place, each: ArchivedRecord) -> Record:
    topic, partition = place
    return Record(
        topic=topic,
        partition=partition,
        offset=each.offset,
        timestamp=each.timestamp,
        timestamp_type=_BROKERS_TIME,
        key=each.key,
        value=each.value,
        headers=each.headers,
    )


def _row(record: Record) -> Row:
    given = ArchivedRecord(record.offset, record.timestamp, record.key, record.value)
    return Row(given, content_of(record.topic, record.value))
