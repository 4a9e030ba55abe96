"""Restore: how long a worker takes to bring its customers back, and the memory they need."""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.environment.broker import create_topics
from benchmarks.environment.machine import cpu_times, cpu_use, memory_mb
from benchmarks.environment.stage import Stage, stage
from benchmarks.environment.worker import log_lines, ready_partitions, worker
from benchmarks.loads.rows import Spec, write_rows
from benchmarks.reporting.figures import median
from topology.domain.history.instant import DAY

_EARLIER = (10, 20)
"""Days by which the first two of the three orders lie before the last."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    customers: int
    runs: int
    partitions: int


@dataclass(frozen=True, slots=True)
class Result:
    """One restore. `seconds` are those from the start of the process."""

    seconds: float
    seconds_since_worker_starts: float
    """Without the start of Python and its imports."""
    memory_mb: int
    memory_at_most_mb: int
    cpu_seconds: float
    other_load: float
    stolen: float


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    parser.add_argument("--customers", type=int, default=1_000_000, help="of three orders each")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--partitions", type=int, default=4)


def options_of(parsed: argparse.Namespace) -> Options:
    """Read the command line."""
    return Options(parsed.customers, parsed.runs, parsed.partitions)


async def run(options: Options) -> dict[str, object]:
    """Write the rows once, and restore them again and again: from Kafka alone, and a snapshot."""
    async with stage(options.partitions) as on:
        await create_topics(on.kafka, "full", options.partitions)
        begun = time.monotonic()
        await write_rows(on, _spec(options.customers))
        sys.stderr.write(f"rows written after {time.monotonic() - begun:.0f} s\n")
        nothing = [await _restore(on, "empty", 0) for _ in range(options.runs)]
        results = [await _restore(on, "full", options.customers) for _ in range(options.runs)]
        await _leave_snapshots(on)
        with_snapshots = [
            await _restore(on, "full", options.customers, snapshots="on")
            for _ in range(options.runs)
        ]
    return {
        "customers": options.customers,
        "partitions": options.partitions,
        "restore": _describe(results),
        "restore_from_snapshot": _describe(with_snapshots),
        "start_without_customers": _describe(nothing),
    }


def _spec(customers: int) -> Spec:
    now = int(time.time() * 1_000_000)
    return Spec(
        app_id="full",
        first=0,
        last=customers,
        customers=customers,
        anchor=now - DAY,
        spread=DAY,
        age=DAY,
        earlier=_EARLIER,
        as_of=now,
    )


async def _leave_snapshots(on: Stage) -> None:
    """Let a worker write a snapshot of each partition when it stops."""
    for seconds in (2, 5, 20):
        async with worker(on, "full", settings={"STAMMKUNDE_SNAPSHOTS": "on"}) as player:
            await ready_partitions(player, on.partitions)
            await asyncio.sleep(seconds)  # It owns a partition shortly after that is ready.
        if len(list((on.folder / "data").rglob("full-*.rows"))) == on.partitions:
            return
    msg = "the worker wrote no snapshots when it stopped"
    raise RuntimeError(msg)


async def _restore(on: Stage, app_id: str, customers: int, snapshots: str = "off") -> Result:
    begun = time.time()
    async with worker(on, app_id, settings={"STAMMKUNDE_SNAPSHOTS": snapshots}) as player:
        before = cpu_times({}, on.broker_pid)
        ready = max(await ready_partitions(player, on.partitions)).timestamp()
        use = cpu_use(before, cpu_times({"worker": player.pid}, on.broker_pid))
        lines = log_lines(player.log, "partition ready")
        assert sum(line["rows"] for _, line in lines) == customers
        (starts, _), *_ = log_lines(player.log, "worker starts")
        memory = memory_mb(player.pid)
    result = Result(
        seconds=round(ready - begun, 2),
        seconds_since_worker_starts=round(ready - starts.timestamp(), 2),
        memory_mb=memory["now"],
        memory_at_most_mb=memory["at_most"],
        cpu_seconds=round(use.measured, 2),
        other_load=round(use.other_share, 2),
        stolen=round(use.stolen_share, 2),
    )
    sys.stderr.write(f"restore of {app_id}, snapshots {snapshots}: {result}\n")
    return result


def _describe(runs: list[Result]) -> dict[str, object]:
    return {
        "seconds": median(run.seconds for run in runs),
        "seconds_since_worker_starts": median(run.seconds_since_worker_starts for run in runs),
        "cpu_seconds": median(run.cpu_seconds for run in runs),
        "memory_mb": median((run.memory_mb for run in runs), 0),
        "memory_at_most_mb": median((run.memory_at_most_mb for run in runs), 0),
        "other_load": median(run.other_load for run in runs),
        "stolen": median(run.stolen for run in runs),
        "runs": [asdict(run) for run in runs],
    }


def table(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    return "\n".join(
        [
            f"{'restore':<30}{'s':>8}{'MB':>8}{'MB at most':>12}{'other load':>12}{'stolen':>8}",
            _line(f"{report['customers']:,} customers", report["restore"]),
            _line("the same from a snapshot", report["restore_from_snapshot"]),
            _line("none", report["start_without_customers"]),
        ]
    )


def _line(title: str, row: Mapping[str, Any]) -> str:
    return (
        f"{title:<30}{row['seconds']:>8.1f}{row['memory_mb']:>8.0f}"
        f"{row['memory_at_most_mb']:>12.0f}{row['other_load']:>12.0%}{row['stolen']:>8.0%}"
    )
