"""Latency: from an event's production to a read_committed reader, and to the API's answer."""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.clients.observe import Observe, Observed, by_api, by_reader
from benchmarks.clients.reader import reading
from benchmarks.clients.series import producing
from benchmarks.environment.machine import CpuUse, cpu_times, cpu_use
from benchmarks.environment.stage import Stage, playing, stage
from benchmarks.environment.worker import ready_partitions, worker
from benchmarks.reporting.figures import median, percentile
from services.tools.local_stack import ValkeyServer
from services.tools.local_stack.ports import free_port
from services.tools.up.api_endpoint import wait_until_ready

_WARM_UP_S = 2.0


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    rates: tuple[int, ...]
    runs: int
    seconds: float
    partitions: int


@dataclass(frozen=True, slots=True)
class Result:
    """Milliseconds from the time at which events were meant to be sent to when they were seen."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    events: int
    missing: int
    """Events that had not come out when the run was given up: the rate was too high."""
    producer_late_p99_ms: float
    other_load: float
    stolen: float
    cores: dict[str, float]
    """How many of them each role kept busy."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """What runs beside the producer, and how the events are observed."""

    on: Stage
    to: str
    pids: Mapping[str, int]
    """Of each role."""
    observe: Observe


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    parser.add_argument("--rates", nargs="+", type=int, default=(1_000, 5_000, 10_000))
    parser.add_argument("--runs", type=int, default=3, help="how often at each rate")
    parser.add_argument("--seconds", type=float, default=10, help="of each run, after a warm-up")
    parser.add_argument("--partitions", type=int, default=4)


def options_of(parsed: argparse.Namespace) -> Options:
    """Read the command line."""
    return Options(tuple(parsed.rates), parsed.runs, parsed.seconds, parsed.partitions)


async def run(options: Options) -> dict[str, object]:
    """Measure first with the worker alone, then with the projector and the API beside it."""
    return {
        "seconds": options.seconds,
        "partitions": options.partitions,
        "to_a_read_committed_reader": await _to_a_reader(options),
        "to_the_api": await _to_the_api(options),
    }


async def _to_a_reader(options: Options) -> list[dict[str, object]]:
    async with (
        stage(options.partitions) as on,
        worker(on, "bench") as player,
        reading(on.kafka) as seen,
    ):
        await ready_partitions(player, options.partitions)
        return await _measure_all(
            _Scene(on, "reader", {"worker": player.pid}, by_reader(seen)), options
        )


async def _to_the_api(options: Options) -> list[dict[str, object]]:
    async with (
        stage(options.partitions) as on,
        worker(on, "bench") as player,
        _read_model(on) as (pids, api),
    ):
        await ready_partitions(player, options.partitions)
        await wait_until_ready(api)
        scene = _Scene(on, "api", {"worker": player.pid, **pids}, by_api(api))
        return await _measure_all(scene, options)


@asynccontextmanager
async def _read_model(on: Stage) -> AsyncIterator[tuple[dict[str, int], str]]:
    """Run Valkey, the projector and the API: their process ids, and the URL of the API."""
    port = free_port()
    async with AsyncExitStack() as running:
        valkey = ValkeyServer(on.folder / "valkey")
        running.push_async_callback(valkey.stop)
        await valkey.start()
        assert valkey.pid is not None
        settings = {
            "STAMMKUNDE_APP_ID": "bench",
            "STAMMKUNDE_API_PORT": str(port),
            "REDIS_URL": valkey.url,
        }
        pids = {"valkey": valkey.pid}
        for role in ("projector", "api"):
            command = ("-m", "services.tools.cli", role)
            player = await running.enter_async_context(playing(on, role, command, settings))
            pids[role] = player.pid
        yield pids, f"http://127.0.0.1:{port}"


async def _measure_all(scene: _Scene, options: Options) -> list[dict[str, object]]:
    results: dict[int, list[Result]] = {rate: [] for rate in options.rates}
    for number in range(options.runs):
        for rate in options.rates:
            result = await _measure(f"{scene.to}{rate}r{number}", rate, scene, options.seconds)
            results[rate].append(result)
            sys.stderr.write(f"latency to {scene.to}, {rate}/s, run {number + 1}: {result}\n")
    return [_describe(rate, runs) for rate, runs in results.items()]


async def _measure(name: str, rate: int, scene: _Scene, seconds: float) -> Result:
    async with producing(scene.on, name, rate, _WARM_UP_S + seconds) as series:
        roles = {"producer": series.producer.pid, **scene.pids}
        observing = asyncio.ensure_future(scene.observe(series))
        before = cpu_times(roles, scene.on.broker_pid)
        await asyncio.sleep(max(0.0, series.pace.meant(series.pace.total) - time.time()))
        use = cpu_use(before, cpu_times(roles, scene.on.broker_pid))
        observed = await observing
        late = await series.ended()
    return _result(observed.after(series.pace.begin + _WARM_UP_S), use, late)


def _result(observed: Observed, use: CpuUse, late: float) -> Result:
    taken = [seconds * 1000 for _, seconds in observed.latencies]
    if not taken:
        msg = "no event came out: is the rate far too high, or the run too short?"
        raise RuntimeError(msg)
    return Result(
        p50_ms=round(percentile(taken, 0.5), 1),
        p99_ms=round(percentile(taken, 0.99), 1),
        max_ms=round(max(taken), 1),
        events=len(taken),
        missing=observed.expected - len(taken),
        producer_late_p99_ms=late,
        other_load=round(use.other_share, 2),
        stolen=round(use.stolen_share, 2),
        cores=use.cores(),
    )


def _describe(rate: int, runs: list[Result]) -> dict[str, object]:
    return {
        "events_per_second": rate,
        "p50_ms": median((run.p50_ms for run in runs), 1),
        "p99_ms": median((run.p99_ms for run in runs), 1),
        "kept_up": not any(run.missing for run in runs),
        "other_load": median(run.other_load for run in runs),
        "stolen": median(run.stolen for run in runs),
        "runs": [asdict(run) for run in runs],
    }


def table(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    lines = []
    for to in ("to_a_read_committed_reader", "to_the_api"):
        title = f"latency {to.replace('_', ' ')}"
        lines.append(f"{title:<42}{'p50 ms':>10}{'p99 ms':>10}{'other load':>12}{'stolen':>8}")
        lines.extend(_line(row) for row in report[to])
    return "\n".join(lines)


def _line(row: Mapping[str, Any]) -> str:
    title = f"{row['events_per_second']:,} events/s" + ("" if row["kept_up"] else ", not kept up")
    return (
        f"{title:<42}{row['p50_ms']:>10,.0f}{row['p99_ms']:>10,.0f}"
        f"{row['other_load']:>12.0%}{row['stolen']:>8.0%}"
    )
