"""Throughput: contestants in alternation on one Kafka, on the same records."""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.contestants.catalogue import CONTESTANTS, Name
from benchmarks.contestants.race import Limits, Result, race
from benchmarks.environment.broker import create_topics, fill, is_empty
from benchmarks.environment.stage import Stage, stage
from benchmarks.loads.kind import Kind, Size, add_size_options, records, size_of
from benchmarks.loads.mix.row_files import DATA, row_files
from benchmarks.loads.mix.write_rows import CLOCK, write_known_customers
from benchmarks.reporting.figures import median, ratio
from schemas.topics import DEAD_LETTERS

Results = dict[Name, list[Result]]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    kinds: tuple[Kind, ...]
    only: tuple[Name, ...]
    size: Size
    partitions: int
    runs: int
    seconds: float


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    parser.add_argument("--load", nargs="+", type=Kind, choices=Kind, default=tuple(Kind))
    parser.add_argument("--only", nargs="+", type=Name, choices=Name, default=tuple(Name))
    add_size_options(parser, events=1_000_000, known_customers=1_000_000)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3, help="how often each contestant runs")
    parser.add_argument("--seconds", type=float, default=60, help="a race ends after them at last")


def options_of(parsed: argparse.Namespace) -> Options:
    """Read the command line."""
    return Options(
        kinds=tuple(parsed.load),
        only=tuple(name for name in CONTESTANTS if name in parsed.only),
        size=size_of(parsed),
        partitions=parsed.partitions,
        runs=parsed.runs,
        seconds=parsed.seconds,
    )


async def run(options: Options) -> dict[str, object]:
    """Race, and return the report."""
    loads = {}
    for kind in options.kinds:
        # The small jobs know orders and no clock: the other loads are for the worker alone.
        names = options.only if kind is Kind.LIVE else (Name.WORKER,)
        loads[str(kind)] = _describe(await _race_all(kind, names, options))
    return {**asdict(options.size), "partitions": options.partitions, "loads": loads}


async def _race_all(kind: Kind, names: tuple[Name, ...], options: Options) -> Results:
    results: Results = {name: [] for name in names}
    async with stage(options.partitions) as on:
        events = records(kind, options.size, datetime.now(UTC))
        await fill(on.kafka, ((each.key, each.value) for each in events), options.partitions)
        for number in range(options.runs):
            for name in names:
                group = f"bench-{name}-{number}"
                settings = await _prepare(kind, on, group, options.size.known_customers)
                result = await _race_one(name, on, group, options, settings)
                sys.stderr.write(f"{kind}, {name}, run {number + 1}: {result or 'failed'}\n")
                if result is not None:
                    results[name].append(result)
        assert await is_empty(on.kafka, DEAD_LETTERS), "the worker has refused events"
    return {name: runs for name, runs in results.items() if runs}


async def _prepare(kind: Kind, on: Stage, group: str, customers: int) -> Mapping[str, str]:
    """Write the rows of the customers that are known before. Returns the worker's settings."""
    if kind is not Kind.MIX:
        return {}
    await create_topics(on.kafka, group, on.partitions)
    files = await asyncio.to_thread(row_files, DATA, customers)
    await write_known_customers(on, group, files)
    return CLOCK


async def _race_one(
    name: Name, on: Stage, group: str, options: Options, settings: Mapping[str, str]
) -> Result | None:
    """Race; None if the contestant fails, which must not stop the others."""
    contestant = CONTESTANTS[name]
    events = min(options.size.events, contestant.at_most or options.size.events)
    try:
        return await race(contestant, on, group, Limits(events, options.seconds), settings)
    except (OSError, RuntimeError, TimeoutError) as error:
        sys.stderr.write(f"{name} failed: {error}\n")
        return None


def _describe(results: Results) -> dict[str, Any]:
    medians = {
        name: {
            "title": CONTESTANTS[name].title,
            "events_per_second": round(median(run.events_per_second for run in runs)),
            "cpu_seconds_per_million": median(run.cpu_seconds_per_million for run in runs),
            "other_load": median(run.other_load for run in runs),
            "stolen": median(run.stolen for run in runs),
            "runs": [asdict(run) for run in runs],
        }
        for name, runs in results.items()
    }
    return {"contestants": medians, "worker_compared": _compared(results)}


def _compared(results: Results) -> dict[str, dict[str, float]]:
    """How the worker compares with each of the others, by medians.

    Its rate, and how many times less CPU time it takes: the latter depends less on what else ran on
    the machine.
    """
    rates = {name: median(run.events_per_second for run in runs) for name, runs in results.items()}
    costs = {
        name: median(run.cpu_seconds_per_million for run in runs) for name, runs in results.items()
    }
    if Name.WORKER not in results:
        return {}
    return {
        name: {
            "times_as_fast": ratio(rates[Name.WORKER], rates[name]),
            "times_less_cpu": ratio(costs[name], costs[Name.WORKER]),
        }
        for name in results
        if name != Name.WORKER
    }


def table(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    lines: list[str] = []
    for kind, found in report["loads"].items():
        lines.append(
            f"{kind:<54}{'events/s':>10}{'CPU s/million':>15}{'other load':>12}{'stolen':>8}"
        )
        lines.extend(_line(row) for row in found["contestants"].values())
        lines.extend(
            f"  worker to {name}: x {times['times_as_fast']}, by CPU x {times['times_less_cpu']}"
            for name, times in found["worker_compared"].items()
        )
    return "\n".join(lines)


def _line(row: Mapping[str, Any]) -> str:
    return (
        f"{row['title']:<54}{row['events_per_second']:>10,}{row['cpu_seconds_per_million']:>15}"
        f"{row['other_load']:>12.0%}{row['stolen']:>8.0%}"
    )
