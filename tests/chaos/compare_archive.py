"""Each record of the topics is in the files of the archive once, but those of erased people."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from schemas.erasure import Erasure
from services.archive.columns import ArchivedRecord, Row, records_of
from services.archive.erased_people import Salted
from services.archive.erasure import followed_erasures, pending
from services.archive.file_name import Partition, next_offsets
from services.archive.folder_store import FolderStore
from services.archive.parquet import decode_file
from services.archive.record_names import content_of
from services.archive.retention import list_store
from services.archive.store import Store
from tests.chaos.difference import differences
from tests.chaos.erasing import SALT
from tests.chaos.world import World, until
from tests.services.archive.world import Held, in_kafka

LONGEST_S = 120.0


async def compare_archive(world: World, erasures: Iterable[Erasure]) -> list[str]:
    """A line for each record that files lack, or have twice, or still have of somebody erased."""
    store, erased = FolderStore(world.archive_folder), _erased(erasures)
    held = await in_kafka(world.kafka.address)
    ends = {at: records[-1].offset + 1 for at, records in held.items()}

    def is_done() -> bool:
        reached = next_offsets(each.name for each in list_store(store).files)
        has_all = all(reached.get(at, 0) >= end for at, end in ends.items())
        return has_all and not pending(erased, followed_erasures(store))

    try:
        await until(is_done, "all is archived", LONGEST_S)
    except AssertionError as error:
        return [f"archive: {error}"]
    return differences("archive", _in_files(store), _expected(held, erased))


def _erased(erasures: Iterable[Erasure]) -> dict[bytes, datetime]:
    found: dict[bytes, datetime] = {}
    for each in erasures:
        if each.erased_at is not None:
            for mark in map(bytes.fromhex, each.marks):
                found[mark] = max(each.erased_at, found.get(mark, each.erased_at))
    return found


def _in_files(store: Store) -> Iterator[tuple[Partition, ArchivedRecord]]:
    for each in list_store(store).files:
        for record in records_of(decode_file(each.name, store.read(each.name.path))):
            yield each.name.partition, record


def _expected(
    held: Held, erased: Mapping[bytes, datetime]
) -> Iterator[tuple[Partition, ArchivedRecord]]:
    salted = Salted(SALT.encode())
    for partition, records in held.items():
        for record in records:
            row = Row(record, content_of(partition.topic, record.value))
            if not salted.covers(erased, row):
                yield partition, record
