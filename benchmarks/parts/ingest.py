"""Ingest: events that one API process takes in over HTTP, acknowledged by Kafka."""

import argparse
import asyncio
import itertools
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import ClientConnectionError, ClientSession

from benchmarks.environment.machine import CpuUse, cpu_times, cpu_use
from benchmarks.environment.stage import Stage, playing, stage
from benchmarks.loads.orders import live_load, orders
from benchmarks.reporting.figures import median, percentile
from services.tools.local_stack import ValkeyServer
from services.tools.local_stack.ports import free_port

_OK: Final = 200
_WARM_UP_S: Final = 2.0
_TIMEOUT_S: Final = 60.0
_EVENTS: Final = 20_000
"""So many different ones are sent, again and again: whether one came before makes no difference."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    batches: tuple[int, ...]
    connections: int
    runs: int
    seconds: float
    partitions: int


@dataclass(frozen=True, slots=True)
class Result:
    """Events acknowledged, and what a request took from its first byte to its answer."""

    events_per_second: int
    cpu_seconds_per_million: float
    """Of the API process."""
    p50_ms: float
    p99_ms: float
    other_load: float
    stolen: float
    cores: dict[str, float]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    parser.add_argument("--batches", nargs="+", type=int, default=(1, 20, 100, 500))
    parser.add_argument("--connections", type=int, default=4, help="each waits for its answers")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8, help="of each run, after a warm-up")
    parser.add_argument("--partitions", type=int, default=4)


def options_of(parsed: argparse.Namespace) -> Options:
    """Read the command line."""
    return Options(
        tuple(parsed.batches), parsed.connections, parsed.runs, parsed.seconds, parsed.partitions
    )


async def run(options: Options) -> dict[str, object]:
    """Send batches of each size, in turns, over a few connections at a time."""
    results: dict[int, list[Result]] = {size: [] for size in options.batches}
    async with stage(options.partitions) as on, _api(on) as (pid, url), ClientSession(url) as http:
        await _until_up(http)
        bodies = {size: _bodies(size) for size in options.batches}
        for number, size in itertools.product(range(options.runs), options.batches):
            result = await _measure(on, pid, http, bodies[size], size, options)
            results[size].append(result)
            sys.stderr.write(f"ingest, batches of {size}, run {number + 1}: {result}\n")
    return {
        "seconds": options.seconds,
        "connections": options.connections,
        "partitions": options.partitions,
        "batches": [_describe(size, runs) for size, runs in results.items()],
    }


@asynccontextmanager
async def _api(on: Stage) -> AsyncIterator[tuple[int, str]]:
    """Run the API: its process id, and its URL."""
    port = free_port()
    async with AsyncExitStack() as running:
        valkey = ValkeyServer(on.folder / "valkey")
        running.push_async_callback(valkey.stop)
        await valkey.start()
        settings = {"STAMMKUNDE_API_PORT": str(port), "REDIS_URL": valkey.url}
        command = ("-m", "services.tools.cli", "api")
        player = await running.enter_async_context(playing(on, "api", command, settings))
        yield player.pid, f"http://127.0.0.1:{port}"


async def _until_up(http: ClientSession) -> None:
    async with asyncio.timeout(_TIMEOUT_S):
        while not await _up(http):
            await asyncio.sleep(0.1)


async def _up(http: ClientSession) -> bool:
    try:
        async with http.post("/v1/batch", data=b'{"batch": []}') as answer:
            empty = answer.status == _OK
        async with http.get("/metrics") as answer:
            return empty and "stammkunde_ingest_kafka_up 1.0" in await answer.text()
    except ClientConnectionError:
        return False


def _bodies(size: int) -> list[bytes]:
    """Bodies of so many orders each, as Segment's libraries send them."""
    now = datetime.now(UTC)
    events = [value for _, value in orders(live_load(_EVENTS, 5_000, now))]
    sent_at = now.isoformat().encode()
    return [
        b'{"batch": [%b], "sentAt": "%b"}' % (b", ".join(events[first : first + size]), sent_at)
        for first in range(0, min(len(events), size * 1_000), size)
    ]


async def _measure(
    on: Stage, pid: int, http: ClientSession, bodies: list[bytes], size: int, options: Options
) -> Result:
    endless = itertools.cycle(bodies)
    await _send(http, endless, _WARM_UP_S, options.connections)
    before = cpu_times({"api": pid}, on.broker_pid)
    taken = await _send(http, endless, options.seconds, options.connections)
    use = cpu_use(before, cpu_times({"api": pid}, on.broker_pid))
    return _result(taken, size, use)


async def _send(
    http: ClientSession, bodies: Iterator[bytes], seconds: float, connections: int
) -> list[float]:
    """Send for so long; the seconds that each request took."""
    until = time.monotonic() + seconds
    taken: list[float] = []

    async def sender() -> None:
        while (begun := time.monotonic()) < until:
            async with http.post("/v1/batch", data=next(bodies)) as answer:
                body = await answer.read()
            assert (answer.status, body) == (_OK, b'{"success":true}'), body[:500]
            taken.append(time.monotonic() - begun)

    await asyncio.gather(*(sender() for _ in range(connections)))
    return taken


def _result(taken: list[float], size: int, use: CpuUse) -> Result:
    events = len(taken) * size
    milliseconds = [seconds * 1000 for seconds in taken]
    return Result(
        events_per_second=round(events / use.seconds),
        cpu_seconds_per_million=round(use.measured / events * 1e6, 1),
        p50_ms=round(percentile(milliseconds, 0.5), 1),
        p99_ms=round(percentile(milliseconds, 0.99), 1),
        other_load=round(use.other_share, 2),
        stolen=round(use.stolen_share, 2),
        cores=use.cores(),
    )


def _describe(size: int, runs: list[Result]) -> dict[str, object]:
    return {
        "events_in_a_batch": size,
        "events_per_second": round(median((run.events_per_second for run in runs), 0)),
        "cpu_seconds_per_million": median((run.cpu_seconds_per_million for run in runs), 1),
        "p50_ms": median((run.p50_ms for run in runs), 1),
        "p99_ms": median((run.p99_ms for run in runs), 1),
        "other_load": median(run.other_load for run in runs),
        "stolen": median(run.stolen for run in runs),
        "runs": [asdict(run) for run in runs],
    }


def table(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    head = (
        f"{'ingest':<24}{'events/s':>10}{'p50 ms':>8}{'p99 ms':>8}{'other load':>12}{'stolen':>8}"
    )
    return "\n".join([head, *map(_line, report["batches"])])


def _line(row: Mapping[str, Any]) -> str:
    return (
        f"{'batches of ' + str(row['events_in_a_batch']):<24}{row['events_per_second']:>10,}"
        f"{row['p50_ms']:>8.0f}{row['p99_ms']:>8.0f}{row['other_load']:>12.0%}{row['stolen']:>8.0%}"
    )
