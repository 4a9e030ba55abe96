"""Writes the rows of the known customers into a changelog, as the worker would have left them."""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from benchmarks.environment.broker import KeyValue, bulk_producer, commit_beginning, send
from benchmarks.environment.stage import Stage
from benchmarks.loads.mix.history import LIVE_BEGINS
from benchmarks.loads.mix.row_files import StoredRow, read_rows
from schemas.topics import changelog
from topology.batching.clock import CLOCK_KEY, encode_clock

CLOCK: Final = {"STAMMKUNDE_CLOCK": "topic"}
"""A worker's settings for this load: its times are fixed, so the machine's clock is not theirs."""
_CHUNK: Final = 20_000


async def write_known_customers(on: Stage, app_id: str, files: Sequence[Path]) -> None:
    """Write the rows, the clock of each partition, and the offsets of the sources."""
    async with bulk_producer(on.kafka, compression=None) as producer:
        topic = changelog(app_id)
        for partition in range(on.partitions):
            clock = (CLOCK_KEY, encode_clock(LIVE_BEGINS))
            for sent in await send(producer, topic, partition, [clock]):
                await sent
        rows = read_rows(files)
        while chunk := list(islice(rows, _CHUNK)):
            for partition, some in _by_partition(chunk, on.partitions).items():
                for sent in await send(producer, topic, partition, some):
                    await sent
    await commit_beginning(on.kafka, app_id, on.partitions)


def _by_partition(rows: Iterable[StoredRow], partitions: int) -> dict[int, list[KeyValue]]:
    found: dict[int, list[KeyValue]] = {}
    for row in rows:
        found.setdefault(row.hashed % partitions, []).append((row.key, row.value))
    return found
