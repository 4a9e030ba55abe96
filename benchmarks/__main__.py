"""`make bench`: measures the real worker against a real Kafka, one part or all of them."""

import argparse
import asyncio
import sys
from pathlib import Path

from benchmarks import throughput
from benchmarks.report import FOLDER, write_report


def main() -> None:
    """Read the command line, measure, print and write the reports."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--results", type=Path, default=FOLDER, help="where the reports go")
    parts = parser.add_subparsers(dest="part", required=True)
    throughput.add_options(parts.add_parser("throughput", help=throughput.__doc__))
    parsed = parser.parse_args()
    report = asyncio.run(throughput.run(throughput.options_of(parsed)))
    file = write_report(parsed.part, report, parsed.results)
    sys.stdout.write(throughput.table(report) + f"\nwritten to {file.name}\n")


if __name__ == "__main__":
    main()
