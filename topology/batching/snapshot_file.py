"""Snapshot file: a partition's rows, so that a restart reads only the changelog's tail.

The changelog stays the truth: a file that is damaged, too old or of another changelog counts as
missing. The file begins with a magic number and a head, then come blocks of keys and values, an
empty block, and a digest of all that.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from struct import Struct as Packing
from tempfile import mkstemp
from typing import IO, Final, NamedTuple, Protocol, TypeVar

import msgspec
from msgspec import Struct, msgpack

PART_SUFFIX: Final = ".part"
"""Of a file that is being written."""
_KIND: Final = b"SKROWS\x00"
_MAGIC: Final = _KIND + b"2"
"""What a file begins with: its kind, and the version of its format."""
_LENGTH: Final = Packing(">I")
_BLOCK: Final = 2_000
"""Rows in one block: the event loop waits for no more than encoding one, a millisecond."""

_T = TypeVar("_T")


class SnapshotError(Exception):
    """The file is no snapshot that can be used. The text says why."""


class Head(Struct, frozen=True, array_like=True):
    """What a snapshot is of."""

    changelog: str
    partition: int
    offset: int
    """The snapshot holds what the changelog's records before this offset say."""
    taken_at: int
    """In milliseconds since 1970."""
    rows: int
    """How many rows it has."""


class Snapshot(NamedTuple):
    """A snapshot that was read."""

    head: Head
    rows: dict[bytes, bytes]


def write_snapshot(
    file: Path, head: Head, rows: Mapping[bytes, bytes], is_wanted: Callable[[], bool]
) -> bool:
    """Write a snapshot in place of the one before.

    Only the owner of the file may read it. Between two blocks it asks whether the snapshot is
    still wanted; if not, it removes what it has written and returns False.

    Raises:
        OSError: the file can't be written; there is none then but the one before.
    """
    descriptor, part = mkstemp(dir=file.parent, suffix=PART_SUFFIX)
    try:
        with os.fdopen(descriptor, "wb") as output:
            for piece in _pieces(head, rows):
                if not is_wanted():
                    return False
                output.write(piece)
            output.flush()
            os.fsync(output.fileno())
        Path(part).replace(file)
    finally:
        Path(part).unlink(missing_ok=True)
    return True


def read_snapshot(file: Path, changelog: str, partition: int) -> Snapshot:
    """Read the snapshot of a partition of a changelog.

    Raises:
        SnapshotError: it is of something else, damaged, or of another release.
        OSError: there is none, or it can't be read.
    """
    with file.open("rb") as source:
        digest = sha256(_MAGIC)  # Processors compute it, and take half as long as for BLAKE2b.
        if (magic := _read(source, len(_MAGIC))) != _MAGIC:
            another = magic.startswith(_KIND)
            raise SnapshotError("another release wrote it" if another else "it is no snapshot")
        head = _decoded(_HEADS, _read_block(source, digest))
        if (head.changelog, head.partition) != (changelog, partition):
            raise SnapshotError(f"it is of {head.changelog}-{head.partition}")
        rows: dict[bytes, bytes] = {}
        while block := _read_block(source, digest):
            entries = _decoded(_BLOCKS, block)
            rows.update(zip(entries[::2], entries[1::2], strict=False))
        if source.read() != digest.digest() or len(rows) != head.rows:
            raise SnapshotError("its digest is wrong: it is damaged")
    return Snapshot(head, rows)


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


_ENCODE: Final = msgpack.Encoder().encode
_HEADS: Final = msgpack.Decoder(Head)
_BLOCKS: Final = msgpack.Decoder(list[bytes])


def _pieces(head: Head, rows: Mapping[bytes, bytes]) -> Iterator[bytes]:
    """The file's content, block by block."""
    digest = sha256(_MAGIC)
    yield _MAGIC
    for block in chain([_ENCODE(head)], _blocks(rows), [b""]):
        length = _LENGTH.pack(len(block))
        digest.update(length)
        digest.update(block)
        yield length + block
    yield digest.digest()


def _blocks(rows: Mapping[bytes, bytes]) -> Iterator[bytes]:
    entries = iter(rows.items())
    while some := tuple(islice(entries, _BLOCK)):
        yield _ENCODE(tuple(chain.from_iterable(some)))


def _read_block(source: IO[bytes], digest: _Digest) -> bytes:
    """Read a block; the empty one is the end."""
    length = _read(source, _LENGTH.size)
    block = _read(source, *_LENGTH.unpack(length))
    digest.update(length)
    digest.update(block)
    return block


def _read(source: IO[bytes], size: int) -> bytes:
    found = source.read(size)
    if len(found) < size:
        raise SnapshotError("it ends too early: it is damaged")
    return found


def _decoded(decoder: msgpack.Decoder[_T], block: bytes) -> _T:
    try:
        return decoder.decode(block)
    except msgspec.MsgspecError as error:
        raise SnapshotError(f"it is damaged: {error}") from None
