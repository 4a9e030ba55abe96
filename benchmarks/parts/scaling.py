"""Scaling: one worker and two workers on the same backlog."""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.contestants.race import Limits, Result, measure
from benchmarks.environment.broker import fill
from benchmarks.environment.stage import Stage, stage
from benchmarks.environment.worker import ready_partitions, worker
from benchmarks.loads.orders import live_load, orders
from benchmarks.reporting.figures import median, ratio

_WORKERS = (1, 2)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    orders: int
    customers: int
    partitions: int
    runs: int
    seconds: float


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    parser.add_argument("--orders", type=int, default=600_000)
    parser.add_argument("--customers", type=int, default=None, help="a twentieth of the orders")
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3, help="with each number of workers")
    parser.add_argument("--seconds", type=float, default=60, help="a run ends after them at last")


def options_of(parsed: argparse.Namespace) -> Options:
    """Read the command line."""
    customers = parsed.customers or max(1, parsed.orders // 20)
    return Options(parsed.orders, customers, parsed.partitions, parsed.runs, parsed.seconds)


async def run(options: Options) -> dict[str, object]:
    """Let one and two workers take the backlog, in alternation."""
    results: dict[int, list[Result]] = {workers: [] for workers in _WORKERS}
    async with stage(options.partitions) as on:
        load = live_load(options.orders, options.customers, datetime.now(UTC))
        await fill(on.kafka, orders(load), options.partitions)
        for number in range(options.runs):
            for workers in _WORKERS:
                group = f"bench-{workers}-{number}"
                result = await _race(on, group, workers, Limits(options.orders, options.seconds))
                results[workers].append(result)
                sys.stderr.write(f"{workers} workers, run {number + 1}: {result}\n")
    rates = {workers: _rate(runs) for workers, runs in results.items()}
    return {
        **asdict(options),
        "workers": {str(workers): _describe(runs) for workers, runs in results.items()},
        "two_workers_to_one": ratio(rates[2], rates[1]),
    }


async def _race(on: Stage, group: str, workers: int, limits: Limits) -> Result:
    """Measure from when each worker has its share of the partitions."""
    async with AsyncExitStack() as running:
        players = [
            await running.enter_async_context(worker(on, group, f"{group}-{number}"))
            for number in range(workers)
        ]
        share = on.partitions // workers
        await asyncio.gather(*(ready_partitions(player, share) for player in players))
        return await measure(players, on, group, limits)


def _describe(runs: list[Result]) -> dict[str, object]:
    return {
        "events_per_second": _rate(runs),
        "cpu_seconds_per_million": median(run.cpu_seconds_per_million for run in runs),
        "other_load": median(run.other_load for run in runs),
        "stolen": median(run.stolen for run in runs),
        "runs": [asdict(run) for run in runs],
    }


def _rate(runs: list[Result]) -> int:
    return round(median(run.events_per_second for run in runs))


def table(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    head = f"{'workers':<12}{'events/s':>10}{'CPU s/million':>15}{'other load':>12}{'stolen':>8}"
    lines = [_line(workers, row) for workers, row in report["workers"].items()]
    return "\n".join([head, *lines, f"two workers to one: x {report['two_workers_to_one']}"])


def _line(workers: str, row: Mapping[str, Any]) -> str:
    return (
        f"{workers:<12}{row['events_per_second']:>10,}{row['cpu_seconds_per_million']:>15}"
        f"{row['other_load']:>12.0%}{row['stolen']:>8.0%}"
    )
