"""Timers: many customers fall due at once while new events go on coming.

Each of them has four orders, the last of them 90 days before it falls due, and drops into `at_risk`
because nothing happened: a transition and a trigger each. The worker's clock is the machine's.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.clients.reader import Seen, reading
from benchmarks.clients.series import Series, producing
from benchmarks.environment.broker import create_topics
from benchmarks.environment.machine import CpuUse, cpu_times, cpu_use
from benchmarks.environment.stage import Stage, stage
from benchmarks.environment.worker import ready_partitions, worker
from benchmarks.loads.rows import LIVES, Spec, rows, write_rows
from benchmarks.reporting.course import Course, course
from benchmarks.reporting.figures import median, percentile
from topology.domain.history.instant import DAY

_SECOND = 1_000_000
_EARLIER = (30, 60, 90)
"""Days by which the first three of the four orders lie before the last."""
_AGE = 90 * DAY
_TRIED = 1_000
_WRITING_S = 50e-6
"""Seconds that writing one row takes at most, on an idle machine."""
_START_S = 25.0
"""For the worker to start and to restore, and the new events to run for a while."""
_BEFORE_S = 5.0
_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    customers: int
    spread: float
    rate: int
    runs: int
    partitions: int


@dataclass(frozen=True, slots=True)
class Result:
    """One run. Delays are from the instant at which a customer is due to when it is seen."""

    seconds_to_the_last: float
    """From the instant at which the last one is due."""
    delay_p50_s: float
    delay_p99_s: float
    due: int
    seen: int
    new_events_p50_ms: float
    new_events_p99_ms: float
    """Of those that were sent from the first instant until the last customer was seen."""
    new_events_max_ms: float
    new_events_before_p99_ms: float
    other_load: float
    stolen: float
    cores: dict[str, float]
    """How many of them each role kept busy, until the last was seen."""
    course: Course = field(repr=False)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument(
        "--spread", type=float, default=0, help="seconds over which they fall due; 0: all at once"
    )
    parser.add_argument("--rate", type=int, default=1_000, help="new events per second")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--partitions", type=int, default=4)


def options_of(parsed: argparse.Namespace) -> Options:
    """Read the command line."""
    return Options(parsed.customers, parsed.spread, parsed.rate, parsed.runs, parsed.partitions)


async def run(options: Options) -> dict[str, object]:
    """Measure on a Kafka of its own each time."""
    results = []
    for number in range(options.runs):
        results.append(await _fall_due_in_time(options))
        sys.stderr.write(f"timers, run {number + 1}: {results[-1]}\n")
    return {
        **asdict(options),
        "seconds_to_the_last": median(run.seconds_to_the_last for run in results),
        "new_events_p99_ms": median((run.new_events_p99_ms for run in results), 1),
        "other_load": median(run.other_load for run in results),
        "stolen": median(run.stolen for run in results),
        "results": [asdict(run) for run in results],
    }


async def _fall_due_in_time(options: Options) -> Result:
    """Try again with more time for the rows to be made, if this machine is too busy."""
    for times in (2, 4, 8):
        async with stage(options.partitions) as on:
            result = await _fall_due(on, options, times)
        if result is not None:
            return result
        sys.stderr.write("timers: the rows were not there in time, trying again\n")
    msg = "the rows took eight times as long to make as a few of them: this machine is too busy"
    raise RuntimeError(msg)


async def _fall_due(on: Stage, options: Options, times: int) -> Result | None:
    """Measure; None if everything was there too late. Making rows may take `times` a trial."""
    await create_topics(on.kafka, "bench", options.partitions)
    due = time.time() + times * _making_takes(options.customers) + _START_S
    await write_rows(on, _spec(options.customers, due, options.spread))
    async with worker(on, "bench") as player, reading(on.kafka) as seen:
        await ready_partitions(player, options.partitions)
        await _sleep_until(due - 2 * _BEFORE_S)
        if time.time() > due - _BEFORE_S:
            return None
        end = due + options.spread + _TIMEOUT_S
        async with producing(on, "new", options.rate, end - time.time()) as series:
            roles = {"worker": player.pid, "producer": series.producer.pid}
            await _sleep_until(due)
            before = cpu_times(roles, on.broker_pid)
            await _wait_for(lambda: len(seen.by_clock) >= options.customers, end)
            use = cpu_use(before, cpu_times(roles, on.broker_pid))
            await asyncio.sleep(_BEFORE_S)
            await _all_new_seen(seen, series, time.time())
    return _result(seen, due, options, use)


def _making_takes(customers: int) -> float:
    """Seconds that the rows of so many take, by a small trial on an idle machine."""
    begun = time.monotonic()
    for _ in rows(_spec(_TRIED, time.time(), 0)):
        pass
    life = (time.monotonic() - begun) / _TRIED
    return (life * min(customers, LIVES) + _WRITING_S * customers) / (os.cpu_count() or 1)


def _spec(customers: int, due: float, spread: float) -> Spec:
    return Spec(
        app_id="bench",
        first=0,
        last=customers,
        customers=customers,
        anchor=int(due) * _SECOND,
        spread=int(spread * _SECOND),
        age=_AGE,
        earlier=_EARLIER,
        as_of=int(time.time()) * _SECOND,
    )


async def _sleep_until(at: float) -> None:
    await asyncio.sleep(max(0.0, at - time.time()))


async def _wait_for(condition: Callable[[], bool], until: float) -> None:
    while not condition() and time.time() < until:
        await asyncio.sleep(0.02)


async def _all_new_seen(seen: Seen, series: Series, sent_by: float) -> None:
    """Wait for the new events that were sent by then: the last may still be under way."""
    expected = series.pace.due(sent_by)
    latencies = seen.latencies.setdefault(series.name, [])
    await _wait_for(lambda: len(latencies) >= expected, sent_by + _TIMEOUT_S)


def _result(seen: Seen, due: float, options: Options, use: CpuUse) -> Result:
    first = float(int(due))
    delays = [at - effective for effective, at in seen.by_clock]
    last_seen = max(at for _, at in seen.by_clock)
    new = [(meant, taken * 1000) for meant, taken in seen.latencies["new"]]
    meanwhile = [taken for meant, taken in new if first <= meant <= last_seen]
    return Result(
        seconds_to_the_last=round(last_seen - first - options.spread, 2),
        delay_p50_s=round(percentile(delays, 0.5), 2),
        delay_p99_s=round(percentile(delays, 0.99), 2),
        due=options.customers,
        seen=len(delays),
        new_events_p50_ms=round(percentile(meanwhile, 0.5), 1),
        new_events_p99_ms=round(percentile(meanwhile, 0.99), 1),
        new_events_max_ms=round(max(meanwhile), 1),
        new_events_before_p99_ms=round(
            percentile([taken for meant, taken in new if meant < first], 0.99), 1
        ),
        other_load=round(use.other_share, 2),
        stolen=round(use.stolen_share, 2),
        cores=use.cores(),
        course=course((at for _, at in seen.by_clock), new, first, last_seen + _BEFORE_S),
    )


def table(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    seen = sum(result["seen"] for result in report["results"])
    rows = {
        f"seen of {report['customers']:,}, all runs": f"{seen:,}",
        "s to the last": report["seconds_to_the_last"],
        f"new events meanwhile, {report['rate']:,}/s: p99 ms": report["new_events_p99_ms"],
        "other load": f"{report['other_load']:.0%}",
        "stolen": f"{report['stolen']:.0%}",
    }
    title = f"{report['customers']:,} customers fall due within {report['spread']:g} s"
    return "\n".join([title, *(f"  {name:<46}{value:>10}" for name, value in rows.items())])
