"""Erases people from the archive's files: each file that holds one is written again without them.

The store keeps which erasures all files follow, in `erasures.json`: tombstones, and no names. It is
written last, so an erasure that is interrupted is done again.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from structlog.typing import FilteringBoundLogger

from services.archive.columns import ArchivedRecord, Row, records_of
from services.archive.erased_people import Salted, Tombstones
from services.archive.file_name import FOLLOWED, FileName, StoredFile
from services.archive.parquet import (
    DamagedFileError,
    NameIndex,
    decode_file,
    encode_rows,
    index_of,
    read_index,
)
from services.archive.record_names import content_of
from services.archive.store import Store
from services.archive.store_faults import NoSuchFileError


@dataclass(slots=True)
class Erased:
    """What one pass has erased."""

    records: int = 0
    files: list[StoredFile] = field(default_factory=list)
    """The files that were written again, with their new sizes."""
    damaged: list[str] = field(default_factory=list)
    """The files that can't be read, so that nobody knows whom they hold."""


def encode_without(
    name: FileName, records: Iterable[ArchivedRecord], erased: Tombstones, salted: Salted
) -> tuple[bytes, int]:
    """Return the content of a file without the erased, and how many records were left out."""
    names, left_out = _Names(salted), 0

    def kept() -> Iterator[Row]:
        nonlocal left_out
        for record in records:
            row = Row(record, content_of(name.partition.topic, record.value))
            if salted.covers(erased, row):
                left_out += 1
            else:
                names.add(row)
                yield row

    return encode_rows(name, kept(), names.index), left_out


class _Names:
    """The names in rows."""

    def __init__(self, salted: Salted) -> None:
        self._salted = salted
        self._names: set[str] = set()
        self._keys: set[bytes] = set()

    def add(self, row: Row) -> None:
        """Add those of a row."""
        self._names.update(row.content.names)
        if row.record.key is not None:
            self._keys.add(row.record.key)

    def index(self) -> NameIndex | None:
        """Make the index of all; without a salt there is none."""
        if self._salted.fingerprint is None:
            return None
        tombstones = self._salted.tombstones_of(self._names, self._keys)
        return index_of(tombstones, self._salted.fingerprint)


def followed_erasures(store: Store) -> dict[bytes, datetime]:
    """Return the erasures that all files follow."""
    try:
        kept = json.loads(store.read(FOLLOWED))
        return {bytes.fromhex(mark): datetime.fromisoformat(at) for mark, at in kept.items()}
    except (NoSuchFileError, ValueError, AttributeError, TypeError):
        return {}  # All files are looked at again.


def pending(erased: Tombstones, followed: Tombstones) -> dict[bytes, datetime]:
    """Return the erasures that some file may not follow yet."""
    return {
        mark: until
        for mark, until in erased.items()
        if mark not in followed or followed[mark] < until
    }


def keep_followed(store: Store, erased: Tombstones) -> None:
    """Keep which erasures all files follow."""
    kept = {mark.hex(): until.isoformat() for mark, until in sorted(erased.items())}
    store.write(FOLLOWED, json.dumps(kept).encode())


def erase_from_files(
    store: Store,
    names: Iterable[FileName],
    erased: Tombstones,
    salted: Salted,
    log: FilteringBoundLogger,
) -> Erased:
    """Write each file again that holds somebody who was erased. To do it twice changes nothing.

    Raises:
        StoreAwayError: the store can't do it now. What is done stays done.
    """
    found = Erased()
    for name in names:
        try:
            _erase_from_file(store, name, erased, salted, found)
        except NoSuchFileError:
            continue  # Its day was removed meanwhile.
        except DamagedFileError as error:
            log.warning("archive_file_damaged", path=name.path, reason=str(error))
            found.damaged.append(name.path)
    return found


def _erase_from_file(
    store: Store, name: FileName, erased: Tombstones, salted: Salted, found: Erased
) -> None:
    with store.open(name.path) as file:
        index = read_index(file)
    is_ours = index is not None and index.salt == salted.fingerprint
    if index is not None and is_ours and not index.may_have_any(erased):
        return
    records = list(records_of(decode_file(name, store.read(name.path))))
    content, left_out = encode_without(name, records, erased, salted)
    if left_out or not is_ours:
        store.write(name.path, content)
        found.records += left_out
        found.files.append(StoredFile(name, len(content)))
