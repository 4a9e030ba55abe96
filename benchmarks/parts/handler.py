"""Handler: the CPU time of the worker's handler alone for an event, of one checkout or two."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.contestants.handler_alone import Measured, Spec
from benchmarks.environment.stage import ROOT
from benchmarks.loads.kind import Kind, Size, add_size_options, size_of
from benchmarks.loads.mix.row_files import DATA
from benchmarks.reporting.figures import median, ratio

_PRODUCT: Final = ("schemas", "topology", "services")
_THIS, _OTHER = "this checkout", "the other"

Runs = dict[str, dict[Kind, list[Measured]]]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    kinds: tuple[Kind, ...]
    size: Size
    batch: int
    turns: int
    against: Path | None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    parser.add_argument("--load", nargs="+", type=Kind, choices=Kind, default=tuple(Kind))
    add_size_options(parser, events=100_000, known_customers=100_000)
    parser.add_argument("--batch", type=int, default=2_500, help="events in one batch")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--against", type=Path, help="another checkout, to compare in turns")


def options_of(parsed: argparse.Namespace) -> Options:
    """Read the command line."""
    against = None if parsed.against is None else parsed.against.absolute()
    return Options(tuple(parsed.load), size_of(parsed), parsed.batch, parsed.turns, against)


async def run(options: Options) -> dict[str, object]:
    """Measure each load with each checkout, in turns."""
    checkouts = {_THIS: ROOT}
    if options.against is not None:
        checkouts[_OTHER] = options.against
    runs: Runs = {name: {kind: [] for kind in options.kinds} for name in checkouts}
    for number in range(options.turns):
        for kind in options.kinds:
            for name, checkout in checkouts.items():
                spec = Spec(kind, options.size, options.batch, str(DATA))
                runs[name][kind].append(await _measure(checkout, spec))
                sys.stderr.write(f"{kind}, {name}, turn {number + 1}: {runs[name][kind][-1]}\n")
    return {
        **asdict(options.size),
        "batch": options.batch,
        "checkouts": {name: _describe(kinds) for name, kinds in runs.items()},
    }


async def _measure(checkout: Path, spec: Spec) -> Measured:
    with importable(checkout) as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "benchmarks.contestants.handler_alone"),
            msgspec.json.encode(spec).decode(),
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(folder)},
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
    if process.returncode:
        msg = f"the handler of {checkout} ended with status {process.returncode}"
        raise RuntimeError(msg)
    return msgspec.json.decode(output, type=Measured)


@contextmanager
def importable(checkout: Path) -> Iterator[Path]:
    """A folder from which Python imports the product of a checkout, and the benchmarks of ours."""
    with tempfile.TemporaryDirectory(prefix="stammkunde-bench-") as name:
        folder = Path(name)
        for package in _PRODUCT:
            (folder / package).symlink_to(checkout / package)
        (folder / "benchmarks").symlink_to(ROOT / "benchmarks")
        yield folder


def _describe(kinds: Mapping[Kind, list[Measured]]) -> dict[str, object]:
    return {
        str(kind): {
            "us_per_event": median(run.us_per_event for run in runs),
            "outputs_per_event": median((run.outputs_per_event for run in runs), 4),
            "other_load": median(run.other_load for run in runs),
            "stolen": median(run.stolen for run in runs),
            "runs": [msgspec.structs.asdict(run) for run in runs],
        }
        for kind, runs in kinds.items()
    }


def table(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    lines = [f"{'handler alone':<32}{'us/event':>10}{'outputs/event':>15}{'other load':>12}"]
    checkouts = report["checkouts"]
    for name, kinds in checkouts.items():
        lines += [_line(f"{kind}, {name}", row) for kind, row in kinds.items()]
    if _OTHER in checkouts:
        lines += [
            f"  {kind}: the other takes x {_times(checkouts, kind)}" for kind in checkouts[_THIS]
        ]
    return "\n".join(lines)


def _times(checkouts: Mapping[str, Any], kind: str) -> float:
    return ratio(*(checkouts[name][kind]["us_per_event"] for name in (_OTHER, _THIS)))


def _line(title: str, row: Mapping[str, Any]) -> str:
    return (
        f"{title:<32}{row['us_per_event']:>10.1f}{row['outputs_per_event']:>15.3f}"
        f"{row['other_load']:>12.0%}"
    )
