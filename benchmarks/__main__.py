"""`make bench`: measures the real worker against a real Kafka, one part or all of them."""

import argparse
import asyncio
import sys
from pathlib import Path

from benchmarks import latency, restore, scaling, throughput, timers
from benchmarks.report import FOLDER, write_report

PARTS = {
    "throughput": throughput,
    "latency": latency,
    "restore": restore,
    "timers": timers,
    "scaling": scaling,
}


def main() -> None:
    """Read the command line, measure, print and write the reports."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--results", type=Path, default=FOLDER, help="where the reports go")
    commands = parser.add_subparsers(dest="part", required=True)
    for name, part in PARTS.items():
        part.add_options(commands.add_parser(name, help=part.__doc__))
    parsed = parser.parse_args()
    part = PARTS[parsed.part]
    report = asyncio.run(part.run(part.options_of(parsed)))
    file = write_report(parsed.part, report, parsed.results)
    sys.stdout.write(part.table(report) + f"\nwritten to {file.name}\n")


if __name__ == "__main__":
    main()
