"""`make bench`: the real worker beside a bare loop, on one Kafka, in one run."""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.broker import fill, reset
from benchmarks.load import Load
from benchmarks.race import Contestant, Result, race
from services.local import local_stack

REPORT = Path(__file__).parent / "results" / "throughput.json"


def main() -> None:
    """Read the command line, race, print and write the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--orders", type=int, default=500_000, help="how many orders")
    parser.add_argument("--customers", type=int, default=25_000, help="of how many customers")
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3, help="how often each contestant runs")
    options = parser.parse_args()
    load = Load(options.orders, options.customers)
    results = asyncio.run(_run(load, options.partitions, options.runs))
    report = _report(load, options.partitions, results)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(_table(report) + f"\nwritten to {REPORT.name}\n")


async def _run(load: Load, partitions: int, runs: int) -> dict[str, list[Result]]:
    results: dict[str, list[Result]] = {}
    with tempfile.TemporaryDirectory() as folder:
        async with local_stack(Path(folder)) as stack:
            await reset(stack.kafka, partitions)
            await fill(stack.kafka, load, partitions)
            for run in range(runs):
                for contestant in Contestant:
                    name = f"bench-{contestant}-{run}"
                    result = await race(contestant, stack.kafka, name, Path(folder), load.orders)
                    results.setdefault(str(contestant), []).append(result)
                    sys.stderr.write(f"{name}: {result}\n")
    return results


def _report(load: Load, partitions: int, results: dict[str, list[Result]]) -> dict[str, object]:
    contestants = {
        name: {
            "events_per_second": round(statistics.median(run.rate for run in runs)),
            "cpu_seconds_per_million": round(statistics.median(run.cpu for run in runs), 1),
            "runs": [run.__dict__ for run in runs],
        }
        for name, runs in results.items()
    }
    worker = statistics.median(run.rate for run in results[Contestant.WORKER])
    bare = statistics.median(run.rate for run in results[Contestant.BARE])
    return {
        "made_by": "make bench",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
        "orders": load.orders,
        "customers": load.customers,
        "partitions": partitions,
        "contestants": contestants,
        "worker_share_of_bare_loop": round(worker / bare, 2),
    }


def _table(report: dict[str, object]) -> str:
    lines = [f"{'contestant':<34}{'events/s':>10}{'CPU s per million':>20}"]
    contestants = report["contestants"]
    assert isinstance(contestants, dict)
    lines += [
        f"{name:<34}{row['events_per_second']:>10,}{row['cpu_seconds_per_million']:>20}"
        for name, row in contestants.items()
    ]
    lines.append(f"the worker's share of the bare loop: {report['worker_share_of_bare_loop']}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
