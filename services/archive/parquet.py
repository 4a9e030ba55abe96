"""The form of a file: Parquet with Zstandard, checksums, and an index of the names in it.

The index is in the file's footer: the first four bytes of each name's erasure tombstone. It reveals
no name, and says of nearly every file that it can't hold an erased person, without its rows.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import BinaryIO, Final

import pyarrow as pa
from pyarrow import parquet

from services.archive.columns import REQUIRED, ArchivedRecord, Row, records_of, table_of
from services.archive.file_name import FileName

COMPRESSION: Final = "zstd"
COMPRESSION_LEVEL: Final = 3
ROW_GROUP: Final = 131_072
"""Rows. A file has one group, or few."""
_PAGE_BYTES: Final = 8 * 1024 * 1024
"""Of values: Zstandard finds in a large page what messages have in common."""
_UNIQUE: Final = frozenset({"trigger_id", "value_bytes"})
"""Columns whose values hardly repeat."""
_ENCODINGS: Final = {
    "offset": "DELTA_BINARY_PACKED",
    "timestamp": "DELTA_BINARY_PACKED",
    "occurred_at": "DELTA_BINARY_PACKED",
    "order_id": "DELTA_BYTE_ARRAY",
    "value": "DELTA_LENGTH_BYTE_ARRAY",
}
"""Of columns whose values hardly repeat, but resemble the one before; of texts of many lengths."""
_PART_ROWS: Final = 2_048
"""Rows whose values are Python objects at once."""
_VERSION: Final = "1"
PREFIX_BYTES: Final = 4

_FORM: Final = "stammkunde.archive"
_SALT: Final = "stammkunde.salt"
_NAMES: Final = "stammkunde.names"
_RANGE: Final = "stammkunde.range"


class DamagedFileError(Exception):
    """A file is no whole file of the archive. The text says why."""


@dataclass(frozen=True, slots=True)
class NameIndex:
    """The beginnings of the tombstones of all names in a file."""

    salt: bytes
    """The fingerprint of the salt that the tombstones were made with."""
    prefixes: frozenset[bytes]

    def may_have_any(self, tombstones: Collection[bytes]) -> bool:
        """Return whether the file may hold one of these; the first byte is the same for all."""
        return any(prefix_of(each) in self.prefixes for each in tombstones)


def prefix_of(tombstone: bytes) -> bytes:
    """The part of a tombstone that the index has."""
    return tombstone[1 : 1 + PREFIX_BYTES]


def encode_file(name: FileName, rows: Iterable[Row], index: NameIndex | None) -> bytes:
    """Return the content of a file. Without an index, each erasure reads all its rows."""
    return encode_rows(name, rows, lambda: index)


def encode_rows(
    name: FileName, rows: Iterable[Row], index: Callable[[], NameIndex | None]
) -> bytes:
    """Return the content of a file, whose index is asked for when all rows have been taken.

    Only the rows of one group are in memory beside the content.
    """
    content, remaining = BytesIO(), iter(rows)
    group = _group(name, remaining)
    with _writer(content, group.schema) as writer:
        while group.num_rows:
            writer.write_table(group, ROW_GROUP)
            group = _group(name, remaining)
        writer.add_key_value_metadata(_metadata(name, index()))
    return content.getvalue()


def _group(name: FileName, rows: Iterator[Row]) -> pa.Table:
    """Take the rows of the next group."""
    some = list(islice(rows, ROW_GROUP))
    return table_of(name.partition.topic, name.partition.number, some)


def _writer(content: BytesIO, schema: pa.Schema) -> parquet.ParquetWriter:
    return parquet.ParquetWriter(
        content,
        schema,
        compression=COMPRESSION,
        compression_level=COMPRESSION_LEVEL,
        use_dictionary=[each for each in schema.names if each not in {*_UNIQUE, *_ENCODINGS}],
        column_encoding={name: each for name, each in _ENCODINGS.items() if name in schema.names},
        write_statistics=[each for each in schema.names if each not in {"value", "headers"}],
        data_page_size=_PAGE_BYTES,
        write_page_checksum=True,
    )


def _metadata(name: FileName, index: NameIndex | None) -> dict[str, str]:
    """What the footer says. It stands beside the schema, which a file has twice."""
    metadata = {_FORM: _VERSION, _RANGE: f"{name.first}-{name.last}"}
    if index is not None:
        metadata[_SALT] = index.salt.hex()
        metadata[_NAMES] = b64encode(b"".join(sorted(index.prefixes))).decode()
    return metadata


def read_index(file: BinaryIO) -> NameIndex | None:
    """Read the index in a file's footer, if it has one.

    Raises:
        DamagedFileError: it is no file of the archive.
    """
    try:
        with _opened(file) as opened:
            metadata = _metadata_of(opened)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DamagedFileError(_first_line(error)) from None
    if _SALT not in metadata:
        return None
    joined = b64decode(metadata[_NAMES])
    starts = range(0, len(joined), PREFIX_BYTES)
    prefixes = frozenset(joined[start : start + PREFIX_BYTES] for start in starts)
    return NameIndex(bytes.fromhex(metadata[_SALT]), prefixes)


def decode_file(name: FileName, content: bytes) -> pa.Table:
    """Read all rows of a file.

    Raises:
        DamagedFileError: it is no whole file of this name.
    """
    try:
        with _opened(BytesIO(content)) as file:
            metadata, table = _metadata_of(file), file.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DamagedFileError(_first_line(error)) from None
    if metadata.get(_RANGE) != f"{name.first}-{name.last}":
        raise DamagedFileError("its content is that of another file")
    if not set(table.column_names).issuperset(REQUIRED):
        missing = ", ".join(sorted(REQUIRED - set(table.column_names)))
        raise DamagedFileError(f"it has no column {missing}")
    return table


def decode_in_parts(content: bytes) -> Iterator[ArchivedRecord]:
    """Read the records of a whole file, and hold only some of them at a time."""
    with _opened(BytesIO(content)) as file:
        for part in file.iter_batches(batch_size=_PART_ROWS, columns=sorted(REQUIRED)):
            yield from records_of(pa.Table.from_batches([part]))


def _opened(file: BinaryIO) -> parquet.ParquetFile:
    return parquet.ParquetFile(file, page_checksum_verification=True)


def _metadata_of(file: parquet.ParquetFile) -> dict[str, str]:
    found = file.metadata.metadata or {}
    metadata = {key.decode(): value.decode() for key, value in found.items()}
    if metadata.get(_FORM) != _VERSION:
        raise DamagedFileError("it is Parquet, but no file of this archive")
    return metadata


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def index_of(names: Iterable[bytes], salt: bytes) -> NameIndex:
    """Make the index of tombstones that were made with the salt of this fingerprint."""
    return NameIndex(salt, frozenset(prefix_of(each) for each in names))
