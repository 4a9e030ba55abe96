"""Archive: how fast the role writes a backlog to Parquet files, and the room that they take."""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.environment.broker import fill
from benchmarks.environment.machine import cpu_times, cpu_use, memory_mb
from benchmarks.environment.stage import Player, Stage, playing, stage
from benchmarks.environment.worker import log_lines
from benchmarks.loads.kind import Kind, Size, records
from benchmarks.reporting.figures import median
from schemas.topics import SHOP_EVENTS
from services.archive.file_name import next_offsets
from services.archive.folder_store import FolderStore
from services.archive.retention import Listing, list_store

_SALT: Final = "a salt for benchmarks only"
"""With one, the archive makes the index that erasures need."""
_KINDS: Final = (Kind.LIVE, Kind.MIX)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    events: int
    runs: int
    partitions: int


@dataclass(frozen=True, slots=True)
class Result:
    """One backlog: the time from the role's start of reading until all files are durable."""

    events_per_second: int
    cpu_seconds_per_million: float
    """Of the role's process."""
    bytes_per_event: float
    memory_at_most_mb: int
    other_load: float
    stolen: float


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--partitions", type=int, default=4)


def options_of(parsed: argparse.Namespace) -> Options:
    """Read the command line."""
    return Options(parsed.events, parsed.runs, parsed.partitions)


async def run(options: Options) -> dict[str, object]:
    """Archive the same backlog of each load again and again, each time into a new folder."""
    loads = {}
    for kind in _KINDS:
        async with stage(options.partitions) as on:
            size = Size(options.events, max(1, options.events // 20), options.events)
            sizes = await _fill(on, kind, size)
            results = []
            for number in range(options.runs):
                results.append(await _archive(on, number, options.events))
                sys.stderr.write(f"archive, {kind}, run {number + 1}: {results[-1]}\n")
        loads[str(kind)] = {"bytes_sent_per_event": sizes, **_describe(results)}
    return {"events": options.events, "partitions": options.partitions, "loads": loads}


async def _fill(on: Stage, kind: Kind, size: Size) -> float:
    """Write the backlog; return the mean size of a value."""
    load = [(each.key, each.value) for each in records(kind, size, datetime.now(UTC))]
    await fill(on.kafka, load, on.partitions)
    return round(sum(len(value) for _, value in load) / len(load), 1)


async def _archive(on: Stage, number: int, events: int) -> Result:
    folder = on.folder / f"archive-{number}"
    settings = {
        "STAMMKUNDE_ARCHIVE": str(folder),
        "STAMMKUNDE_ARCHIVE_FILE_AGE_S": "1",
        "STAMMKUNDE_PARTITIONS": str(on.partitions),
        "STAMMKUNDE_ERASURE_SALT": _SALT,
    }
    command = ("-m", "services.tools.cli", "archive")
    async with playing(on, f"archive-{number}", command, settings) as player:
        while not log_lines(player.log, "archive_started"):
            await player.check()
            await asyncio.sleep(0.02)
        before, begun = cpu_times({"archive": player.pid}, on.broker_pid), time.monotonic()
        listing = await _until_archived(player, folder, events)
        seconds = time.monotonic() - begun
        use = cpu_use(before, cpu_times({"archive": player.pid}, on.broker_pid))
        memory = memory_mb(player.pid)
    return Result(
        events_per_second=round(events / seconds),
        cpu_seconds_per_million=round(use.measured / events * 1e6, 2),
        bytes_per_event=round(listing.size / events, 1),
        memory_at_most_mb=memory["at_most"],
        other_load=round(use.other_share, 2),
        stolen=round(use.stolen_share, 2),
    )


async def _until_archived(player: Player, folder: Path, events: int) -> Listing:
    while True:
        listing = list_store(FolderStore(folder))
        ends = next_offsets(each.name for each in listing.files)
        if sum(end for at, end in ends.items() if at.topic == SHOP_EVENTS) == events:
            return listing
        await player.check()
        await asyncio.sleep(0.05)


def _describe(runs: list[Result]) -> dict[str, object]:
    return {
        "events_per_second": round(median((run.events_per_second for run in runs), 0)),
        "cpu_seconds_per_million": median(run.cpu_seconds_per_million for run in runs),
        "bytes_per_event": median((run.bytes_per_event for run in runs), 1),
        "memory_at_most_mb": median((run.memory_at_most_mb for run in runs), 0),
        "other_load": median(run.other_load for run in runs),
        "stolen": median(run.stolen for run in runs),
        "runs": [asdict(run) for run in runs],
    }


def table(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    head = (
        f"{'archive':<10}{'events/s':>10}{'CPU s/million':>15}{'bytes sent':>12}"
        f"{'bytes stored':>14}{'MB at most':>12}{'other load':>12}{'stolen':>8}"
    )
    return "\n".join([head, *(_line(kind, row) for kind, row in report["loads"].items())])


def _line(kind: str, row: Mapping[str, Any]) -> str:
    return (
        f"{kind:<10}{row['events_per_second']:>10,}{row['cpu_seconds_per_million']:>15.1f}"
        f"{row['bytes_sent_per_event']:>12.0f}{row['bytes_per_event']:>14.1f}"
        f"{row['memory_at_most_mb']:>12.0f}{row['other_load']:>12.0%}{row['stolen']:>8.0%}"
    )
