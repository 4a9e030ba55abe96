"""Measures delivery: the webhooks that one process delivers to one endpoint and to several."""

import argparse
import asyncio
import itertools
import json
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from benchmarks.clients.trigger_writer import trigger_of
from benchmarks.environment.broker import KeyValue, bulk_producer, write
from benchmarks.environment.machine import CpuUse, cpu_times, cpu_use
from benchmarks.environment.scrape import scraped
from benchmarks.environment.stage import Player, Stage, appears, playing, stage
from benchmarks.reporting.figures import median
from services.platform.compacted.table import CompactedTable
from services.tools.local_stack.ports import free_port
from services.webhooks.subscriptions import Subscription, new_secret
from services.webhooks.topics import Names, encoded, queue_key

_APP: Final = "bench"
_NAMES: Final = Names.of(_APP)
_CUSTOMERS: Final = 50
_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command line."""

    endpoints: tuple[int, ...]
    deliveries: int
    runs: int
    partitions: int


@dataclass(frozen=True, slots=True)
class Result:
    """From the first trigger written until all webhooks were acknowledged and committed."""

    deliveries_per_second: float
    cpu_ms_per_delivery: float
    """CPU time of the delivering process."""
    repeated: int
    out_of_order: int
    other_load: float
    stolen: float
    cores: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Rig:
    on: Stage
    subscriptions: CompactedTable
    progress: CompactedTable
    delivery: Player
    metrics: str


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument("--endpoints", nargs="+", type=int, default=(1, 10))
    parser.add_argument("--deliveries", type=int, default=2_000, help="of each run, all endpoints'")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--partitions", type=int, default=4)


def options_of(parsed: argparse.Namespace) -> Options:
    """Return the chosen options."""
    return Options(tuple(parsed.endpoints), parsed.deliveries, parsed.runs, parsed.partitions)


async def run(options: Options) -> dict[str, object]:
    """Measure each number of endpoints in turns."""
    results: dict[int, list[Result]] = {count: [] for count in options.endpoints}
    async with stage(options.partitions) as on, _delivering(on) as rig:
        for number, count in itertools.product(range(options.runs), options.endpoints):
            result = await _measure(rig, count, options.deliveries // count)
            results[count].append(result)
            sys.stderr.write(f"delivery, {count} endpoints, run {number + 1}: {result}\n")
    return {
        "deliveries": options.deliveries,
        "partitions": options.partitions,
        "endpoints": [_describe(count, runs) for count, runs in results.items()],
    }


@asynccontextmanager
async def _delivering(on: Stage) -> AsyncIterator[_Rig]:
    port, log = free_port(), structlog.get_logger()
    settings = {
        "STAMMKUNDE_APP_ID": _APP,
        "STAMMKUNDE_METRICS_PORT": str(port),
        "STAMMKUNDE_WEBHOOK_PRIVATE_ADDRESSES": "allow",
    }
    command = ("-m", "services.tools.cli", "delivery")
    async with (
        CompactedTable(on.kafka, _NAMES.subscriptions, log=log) as subscriptions,
        CompactedTable(on.kafka, _NAMES.progress, log=log) as progress,
        playing(on, "delivery", command, settings) as player,
    ):
        rig = _Rig(on, subscriptions, progress, player, f"http://127.0.0.1:{port}/metrics")
        await _until(rig, "partitions", on.partitions)
        yield rig


async def _measure(rig: _Rig, endpoints: int, triggers: int) -> Result:
    folder, total = rig.on.folder / "receivers", endpoints * triggers
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    command = ("-m", "benchmarks.clients.receivers", str(endpoints), str(total), str(folder))
    async with AsyncExitStack() as stack:
        player = await stack.enter_async_context(playing(rig.on, "receivers", command))
        ports = json.loads(await appears(folder / "ports.json", player))
        subscribed = [await _subscribe(rig, stack, port) for port in ports]
        await _until_queues(rig, subscribed)
        delivered = await scraped(rig.metrics, "delivered_total")
        roles = {"delivery": rig.delivery.pid, "receivers": player.pid}
        producer = await stack.enter_async_context(bulk_producer(rig.on.kafka))
        before = cpu_times(roles, rig.on.broker_pid)
        await write(producer, _NAMES.triggers, _triggers(triggers), rig.on.partitions)
        got = json.loads(await appears(folder / "got.json", player))
        await _until(rig, "delivered_total", delivered + total)
        use = cpu_use(before, cpu_times(roles, rig.on.broker_pid))
    assert got["taken"] == total, got
    return _result(got, total, use)


async def _subscribe(rig: _Rig, stack: AsyncExitStack, port: int) -> str:
    """Subscribe an endpoint until the end of the block. Returns the subscription's id."""
    now = datetime.now(UTC)
    subscription = Subscription(
        id=f"sub_{secrets.token_hex(8)}",
        url=f"http://127.0.0.1:{port}/hook",
        enabled_at=now,
        created_at=now,
        secrets=(new_secret(secrets.token_bytes),),
    )
    await rig.subscriptions.put(subscription.id, encoded(subscription))
    stack.push_async_callback(rig.subscriptions.delete, subscription.id)
    return subscription.id


async def _until_queues(rig: _Rig, subscribed: list[str]) -> None:
    """Wait until each subscription has begun to read each partition."""
    queues = {queue_key(one, at) for one in subscribed for at in range(rig.on.partitions)}
    async with asyncio.timeout(_TIMEOUT_S):
        while not queues <= rig.progress.items().keys():
            await rig.progress.wait_change(rig.progress.version)


async def _until(rig: _Rig, name: str, value: float) -> None:
    async with asyncio.timeout(_TIMEOUT_S):
        while await scraped(rig.metrics, name) < value:
            await rig.delivery.check()
            await asyncio.sleep(0.02)


def _triggers(count: int) -> Iterator[KeyValue]:
    """Yield so many triggers, the customers in turns. Each customer's triggers are numbered."""
    now = datetime.now(UTC)
    for place in range(count):
        customer, number = f"c-{place % _CUSTOMERS}", place // _CUSTOMERS + 1
        trigger = trigger_of(f"{customer}-{number}", customer, now, number)
        yield customer.encode(), trigger.model_dump_json().encode()


def _result(got: Mapping[str, Any], total: int, use: CpuUse) -> Result:
    return Result(
        deliveries_per_second=round(total / use.seconds, 1),
        cpu_ms_per_delivery=round(use.roles["delivery"] / total * 1e3, 2),
        repeated=got["repeated"],
        out_of_order=got["out_of_order"],
        other_load=round(use.other_share, 2),
        stolen=round(use.stolen_share, 2),
        cores=use.cores(),
    )


def _describe(count: int, runs: list[Result]) -> dict[str, object]:
    return {
        "endpoints": count,
        "deliveries_per_second": median((run.deliveries_per_second for run in runs), 0),
        "cpu_ms_per_delivery": median(run.cpu_ms_per_delivery for run in runs),
        "repeated": sum(run.repeated for run in runs),
        "out_of_order": sum(run.out_of_order for run in runs),
        "other_load": median(run.other_load for run in runs),
        "stolen": median(run.stolen for run in runs),
        "runs": [asdict(run) for run in runs],
    }


def table(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    head = (
        f"{'delivery':<16}{'per s':>8}{'CPU ms':>8}{'repeated':>10}{'order':>8}{'other load':>12}"
    )
    return "\n".join([head, *map(_line, report["endpoints"])])


def _line(row: Mapping[str, Any]) -> str:
    kept = "kept" if row["out_of_order"] == 0 else "broken"
    return (
        f"{'to ' + str(row['endpoints']):<16}{row['deliveries_per_second']:>8,.0f}"
        f"{row['cpu_ms_per_delivery']:>8.2f}{row['repeated']:>10,}{kept:>8}"
        f"{row['other_load']:>12.0%}"
    )
