"""The rows of the known customers as files: made once, and taken from there by the next run.

`python -m benchmarks.loads.mix.row_files FOLDER CUSTOMERS` makes them and prints where they are.

The folder's name holds a digest of a sample of the rows. So another form of rows, another policy or
another history has a folder of its own, and a change that leaves the rows alone has not.
"""

import os
import struct
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from hashlib import blake2b
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

from aiokafka.partitioner import murmur2

from benchmarks.loads.mix.known_customers import known_customers

DATA: Final = Path(__file__).parents[3] / "data" / "benchmarks"
"""Where the files are kept from one run to the next."""
_IN_ONE_FILE: Final = 10_000
"""Customers. What was made stays if the making is interrupted."""
_SAMPLE: Final = 40
"""Customers whose rows the digest is made of."""
_HEAD: Final = struct.Struct(">IHI")


class StoredRow(NamedTuple):
    """A row, its key, and the hash by which Kafka's standard partitioner chooses a partition."""

    hashed: int
    key: bytes
    value: bytes


def row_files(folder: Path, customers: int) -> list[Path]:
    """The files with the rows of so many customers. Those that are missing are made."""
    where = folder / f"mix-{customers}-{rows_digest(customers)}"
    where.mkdir(parents=True, exist_ok=True)
    parts = [
        range(first, min(first + _IN_ONE_FILE, customers))
        for first in range(0, customers, _IN_ONE_FILE)
    ]
    files = {where / f"{part.start:07d}.rows": part for part in parts}
    missing = {file: part for file, part in files.items() if not file.exists()}
    if missing:
        sys.stderr.write(f"making the rows of {customers:,} customers in {where}\n")
        _make_all(missing, customers)
    return list(files)


def rows_digest(customers: int) -> str:
    """A digest of a sample of the rows: of customers from the busiest to the most silent."""
    digest = blake2b(digest_size=8)
    step = customers // _SAMPLE + 1  # Not all of them are the first who have their lives.
    for key, value in known_customers(range(0, customers, step), customers):
        digest.update(key)
        digest.update(value)
    return digest.hexdigest()


def read_rows(files: Iterable[Path]) -> Iterator[StoredRow]:
    """The rows in some files."""
    return chain.from_iterable(map(_read, files))


def _make_all(missing: dict[Path, range], customers: int) -> None:
    """Make files by as many processes as there are cores: no more than one row is in memory."""
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        making = [pool.submit(_make, file, part, customers) for file, part in missing.items()]
        for number, made in enumerate(as_completed(making), 1):
            made.result()
            sys.stderr.write(f"\r{number / len(making):.0%}")
    sys.stderr.write("\n")


def _make(file: Path, part: range, customers: int) -> None:
    """Write one file: it has its name once it is whole."""
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as output:
        for key, value in known_customers(part, customers):
            output.write(_HEAD.pack(murmur2(key) & 0x7FFFFFFF, len(key), len(value)))
            output.write(key)
            output.write(value)
    Path(output.name).replace(file)


def _read(file: Path) -> Iterator[StoredRow]:
    with file.open("rb") as rows:
        for head in iter(partial(rows.read, _HEAD.size), b""):
            hashed, key, value = _HEAD.unpack(head)
            yield StoredRow(hashed, rows.read(key), rows.read(value))


if __name__ == "__main__":
    for made in row_files(Path(sys.argv[1]), int(sys.argv[2])):
        sys.stdout.write(f"{made}\n")
