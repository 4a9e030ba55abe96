"""Streams: a thousand listeners on one process of the API, at a pace and in a burst."""

import argparse
import asyncio
import json
import shutil
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any, Final

import httpx
from redis.asyncio import Redis

from benchmarks.clients.trigger_writer import TriggerWriter
from benchmarks.environment.machine import CpuUse, cpu_times, cpu_use
from benchmarks.environment.stage import Player, Stage, appears, playing, stage
from benchmarks.reporting.figures import median
from services.platform.open_files import allow_open_files
from services.tools.local_stack import ValkeyServer
from services.tools.local_stack.ports import free_port

_APP: Final = "bench"
_SETTLING_S: Final = 2.0
"""Until those who have connected look for nothing more that they may have missed."""
_BESIDE: Final = 200
"""Open files of a process beside its connections."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    listeners: int
    rates: tuple[int, ...]
    burst: int
    runs: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """Milliseconds from when a trigger was meant to be written to when each listener had it."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    deliveries: int
    missing: int
    seconds: float
    other_load: float
    stolen: float
    cores: dict[str, float]
    """How many of them each role kept busy."""


@dataclass(frozen=True, slots=True)
class _Scene:
    on: Stage
    trigger_writer: TriggerWriter
    api: str
    pids: Mapping[str, int]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    parser.add_argument("--listeners", type=int, default=1_000)
    parser.add_argument("--rates", nargs="+", type=int, default=(1, 5, 20), help="triggers/s")
    parser.add_argument("--burst", type=int, default=500, help="triggers at once")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="of each run at a rate")


def options_of(parsed: argparse.Namespace) -> Options:
    """Read the command line."""
    return Options(parsed.listeners, tuple(parsed.rates), parsed.burst, parsed.runs, parsed.seconds)


async def run(options: Options) -> dict[str, object]:
    """Measure at each rate, and then what a burst takes."""
    allow_open_files(options.listeners + _BESIDE)  # The children inherit it.
    paced: dict[int, list[Result]] = {rate: [] for rate in options.rates}
    bursts: list[Result] = []
    async with stage(1) as on, _serving(on, options.listeners) as scene:
        for number in range(options.runs):
            for rate in options.rates:
                total = max(1, int(rate * options.seconds))
                writing = scene.trigger_writer.write_at_a_pace(rate, total)
                paced[rate].append(await _measure(scene, options.listeners, total, writing))
                sys.stderr.write(f"{rate} triggers/s, run {number + 1}: {paced[rate][-1]}\n")
            writing = scene.trigger_writer.write_at_once(options.burst)
            bursts.append(await _measure(scene, options.listeners, options.burst, writing))
            sys.stderr.write(f"burst, run {number + 1}: {bursts[-1]}\n")
    return {
        "listeners": options.listeners,
        "seconds": options.seconds,
        "paced": [{"triggers_per_second": rate, **_sum(runs)} for rate, runs in paced.items()],
        "burst": {
            "triggers": options.burst,
            "triggers_per_second": median((options.burst * 1e3 / run.max_ms for run in bursts), 0),
            "deliveries_per_second": median(
                (run.deliveries * 1e3 / run.max_ms for run in bursts), 0
            ),
            **_sum(bursts),
        },
    }


@asynccontextmanager
async def _serving(on: Stage, listeners: int) -> AsyncIterator[_Scene]:
    port = free_port()
    async with AsyncExitStack() as running:
        valkey = ValkeyServer(on.folder / "valkey")
        running.push_async_callback(valkey.stop)
        await valkey.start()
        redis = await running.enter_async_context(Redis.from_url(valkey.url))
        trigger_writer = TriggerWriter(redis, _APP)
        await trigger_writer.begin()
        settings = {
            "STAMMKUNDE_APP_ID": _APP,
            "STAMMKUNDE_API_PORT": str(port),
            "STAMMKUNDE_API_LISTENERS": str(listeners),
            "REDIS_URL": valkey.url,
        }
        command = ("-m", "services.tools.cli", "api")
        api = await running.enter_async_context(playing(on, "api", command, settings))
        url = f"http://127.0.0.1:{port}"
        await _answers(url, api)
        assert valkey.pid is not None
        yield _Scene(on, trigger_writer, url, {"api": api.pid, "valkey": valkey.pid})


async def _answers(url: str, api: Player) -> None:
    """Wait until it can be asked. It is not ready: no projector is at work."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        while True:
            with suppress(httpx.TransportError):
                if (await http.get("/v1/triggers")).is_success:
                    return
            await api.check()
            await asyncio.sleep(0.1)


async def _measure(scene: _Scene, listeners: int, total: int, writing: Awaitable[None]) -> Result:
    folder = scene.on.folder / "listeners"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    url = f"{scene.api}/v1/triggers/stream?after=now"
    command = ("-m", "benchmarks.clients.listeners", url, str(listeners), str(total), str(folder))
    async with playing(scene.on, "listening", command) as player:
        await appears(folder / "ready", player)
        await asyncio.sleep(_SETTLING_S)
        roles = {**scene.pids, "listeners": player.pid}
        before, began = cpu_times(roles, scene.on.broker_pid), time.monotonic()
        await writing
        received = json.loads(await appears(folder / "received.json", player))
        seconds = time.monotonic() - began
        use = cpu_use(before, cpu_times(roles, scene.on.broker_pid))
    return _result(received, seconds, use)


def _result(received: Mapping[str, Any], seconds: float, use: CpuUse) -> Result:
    return Result(
        **received,
        seconds=round(seconds, 2),
        other_load=round(use.other_share, 2),
        stolen=round(use.stolen_share, 2),
        cores=use.cores(),
    )


def _sum(runs: list[Result]) -> dict[str, object]:
    return {
        "p50_ms": median((run.p50_ms for run in runs), 1),
        "p99_ms": median((run.p99_ms for run in runs), 1),
        "missing": sum(run.missing for run in runs),
        "other_load": median(run.other_load for run in runs),
        "stolen": median(run.stolen for run in runs),
        "runs": [asdict(run) for run in runs],
    }


def table(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    title = f"{report['listeners']:,} listeners"
    lines = [f"{title:<32}{'p50 ms':>10}{'p99 ms':>10}{'missing':>10}{'other load':>12}"]
    lines += [_line(f"{row['triggers_per_second']:,} triggers/s", row) for row in report["paced"]]
    lines.append(_line(f"{report['burst']['triggers']:,} at once", report["burst"]))
    return "\n".join(lines)


def _line(title: str, row: Mapping[str, Any]) -> str:
    return (
        f"{title:<32}{row['p50_ms']:>10,.0f}{row['p99_ms']:>10,.0f}{row['missing']:>10,}"
        f"{row['other_load']:>12.0%}"
    )
