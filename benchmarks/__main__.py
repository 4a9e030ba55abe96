"""`make bench`: measures the real worker against a real Kafka, one part or all of them."""

import argparse
import asyncio
import signal
import subprocess
import sys
import traceback
from pathlib import Path

from benchmarks.contestants.catalogue import BENCH_PYTHON
from benchmarks.environment.interpreter import running_interpreter
from benchmarks.environment.stage import ROOT
from benchmarks.parts import (
    archive,
    delivery,
    handler,
    ingest,
    latency,
    restore,
    scaling,
    streams,
    throughput,
    timers,
    trial,
)
from benchmarks.reporting.report import FOLDER, write_report
from benchmarks.reporting.summary import everything, headlines, put_into

PARTS = {
    "throughput": throughput,
    "handler": handler,
    "latency": latency,
    "restore": restore,
    "timers": timers,
    "scaling": scaling,
    "ingest": ingest,
    "streams": streams,
    "delivery": delivery,
    "archive": archive,
    "trial": trial,
}

QUICK = {
    "throughput": [
        *("--events", "300000", "--known-customers", "20000", "--runs", "1", "--seconds", "30")
    ],
    "handler": ["--events", "20000", "--known-customers", "20000", "--turns", "1"],
    "latency": ["--rates", "1000", "5000", "--runs", "1", "--seconds", "5"],
    "restore": ["--customers", "100000", "--runs", "1"],
    "timers": ["--customers", "20000"],
    "scaling": ["--orders", "300000", "--runs", "1", "--seconds", "30"],
    "streams": ["--listeners", "200", "--rates", "5", "--runs", "1", "--seconds", "3"],
    "ingest": ["--batches", "100", "--runs", "1", "--seconds", "5"],
    "delivery": ["--deliveries", "200", "--runs", "1"],
    "archive": ["--events", "50000", "--runs", "1"],
    "trial": ["--events", "30000", "--customers", "3000", "--runs", "1"],
}
"""Enough to see that everything works; too little for figures that are worth showing."""


def main() -> int:
    """Read the command line and measure one part, or all of them; then show the results."""
    # SIGTERM as Ctrl-C: the players end before the Kafka they play on, and the folder goes.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = _parser()
    parsed = parser.parse_args()
    failed = []
    if parsed.part != "summary" and sys.platform != "linux":
        parser.error("what the machine does is read from /proc, so it must be a Linux")
    if parsed.part != "summary":
        sys.stdout.write(f"{running_interpreter()}\n")
    if parsed.part in PARTS:
        _measure(parsed)
    elif parsed.part is None:
        everything = [
            parser.parse_args([name, *(QUICK[name] if parsed.quick else ())]) for name in PARTS
        ]
        failed = [each.part for each in everything if not _survives(each, parsed.results)]
    _show(parsed.results)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--results", type=Path, default=FOLDER, help="where the reports go")
    parser.add_argument("--quick", action="store_true", help="all parts, with little of each")
    commands = parser.add_subparsers(dest="part", help="all of them if none is named")
    for name, part in PARTS.items():
        command = commands.add_parser(name, help=part.__doc__, description=part.__doc__)
        command.add_argument("--results", type=Path, default=argparse.SUPPRESS)
        part.add_options(command)
    commands.add_parser(
        "summary", help="show the results anew: the plots and the tables of both READMEs"
    )
    return parser


def _survives(parsed: argparse.Namespace, results: Path) -> bool:
    """Measure a part. If it fails, say so and let the others have their turn."""
    parsed.results = results
    try:
        _measure(parsed)
    except Exception:  # noqa: BLE001 - whatever it is, it is one part's
        sys.stderr.write(f"{parsed.part} failed:\n{traceback.format_exc()}\n")
        return False
    return True


def _measure(parsed: argparse.Namespace) -> None:
    """Measure a part, and write and print its report."""
    part = PARTS[parsed.part]
    report = asyncio.run(part.run(part.options_of(parsed)))
    file = write_report(parsed.part, report, parsed.results)
    sys.stdout.write(part.table(report) + f"\nwritten to {file.name}\n\n")
    sys.stdout.flush()


def _show(results: Path) -> None:
    """Draw the plots, if what draws them is installed, and write the table."""
    if BENCH_PYTHON.exists():
        folder = str(results.absolute())
        subprocess.run(
            [BENCH_PYTHON, "-m", "benchmarks.reporting.plot", folder], cwd=ROOT, check=True
        )
    else:
        sys.stderr.write("no plots: `make bench` installs what draws them\n")
    sys.stdout.write(everything(results) + "\n")
    if results == FOLDER:
        put_into(ROOT / "README.md", headlines(FOLDER))
        put_into(ROOT / "benchmarks/README.md", everything(FOLDER))


if __name__ == "__main__":
    sys.exit(main())
