"""Trial: how long both policies of a trial take over the same events, and the memory they need."""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.contestants.side_alone import PROGRESS, Measured, Spec, write_records
from benchmarks.environment.stage import ROOT
from benchmarks.loads.mix.stream import live_records
from benchmarks.reporting.figures import median

_DEFAULT: Final = ROOT / "schemas/policy/default.yaml"
_EARLIER: Final = ("younger_than: 60 days", "younger_than: 45 days")
"""The new policy finds customers earlier."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    events: int
    customers: int
    runs: int


@dataclass(frozen=True, slots=True)
class Run:
    """Both sides at once, each in a process of its own."""

    seconds: float
    """From the start of the processes until the slower one has its outcome."""
    progress_s: float
    """From there until both have reported progress."""
    memory_mb: int
    """Of both processes together, at most."""
    sides: tuple[Measured, ...]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=3)


def options_of(parsed: argparse.Namespace) -> Options:
    """Read the command line."""
    return Options(parsed.events, parsed.customers, parsed.runs)


async def run(options: Options) -> dict[str, object]:
    """Let both policies decide over the same records, again and again."""
    with tempfile.TemporaryDirectory(prefix="stammkunde-bench-") as name:
        folder = Path(name)
        records, new = folder / "records", folder / "new.yaml"
        write_records(live_records(options.events, options.customers), records)
        new.write_text(_DEFAULT.read_text(encoding="utf-8").replace(*_EARLIER), encoding="utf-8")
        runs = []
        for number in range(options.runs):
            runs.append(await _both((_DEFAULT, new), records))
            sys.stderr.write(f"trial, run {number + 1}: {runs[-1]}\n")
    return {"events": options.events, "customers": options.customers, **_describe(runs)}


async def _both(policies: tuple[Path, Path], records: Path) -> Run:
    begun = time.monotonic()
    specs = [Spec(str(policy), str(records)) for policy in policies]
    found = await asyncio.gather(*(_side(spec, begun) for spec in specs))
    return Run(
        seconds=round(time.monotonic() - begun, 1),
        progress_s=round(max(progress_at for progress_at, _ in found), 2),
        memory_mb=sum(side.memory_at_most_mb for _, side in found),
        sides=tuple(side for _, side in found),
    )


async def _side(spec: Spec, begun: float) -> tuple[float, Measured]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.contestants.side_alone"),
        msgspec.json.encode(spec).decode(),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    first = await process.stdout.readline()
    progress_at, rest = time.monotonic() - begun, await process.stdout.read()
    if await process.wait() or first.decode().strip() != PROGRESS:
        msg = f"a side of the trial ended with status {process.returncode}"
        raise RuntimeError(msg)
    return progress_at, msgspec.json.decode(rest, type=Measured)


def _describe(runs: list[Run]) -> dict[str, object]:
    sides = [side for run in runs for side in run.sides]
    return {
        "seconds": median((run.seconds for run in runs), 1),
        "progress_s": median((run.progress_s for run in runs), 2),
        "memory_mb": median((run.memory_mb for run in runs), 0),
        "cpu_us_per_event": median((side.cpu_us_per_event for side in sides), 1),
        "other_load": median(side.other_load for side in sides),
        "stolen": median(side.stolen for side in sides),
        "runs": [
            {
                "seconds": run.seconds,
                "progress_s": run.progress_s,
                "memory_mb": run.memory_mb,
                "sides": [msgspec.structs.asdict(side) for side in run.sides],
            }
            for run in runs
        ],
    }


def table(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    title = f"trial, {report['events']:,} events of {report['customers']:,} customers"
    head = f"{title:<52}{'s':>8}{'us/event':>10}{'progress s':>12}{'MB':>7}{'other load':>12}"
    line = (
        f"{'both policies at once':<52}{report['seconds']:>8.1f}"
        f"{report['cpu_us_per_event']:>10.1f}{report['progress_s']:>12.2f}"
        f"{report['memory_mb']:>7.0f}{report['other_load']:>12.0%}"
    )
    return f"{head}\n{line}"
