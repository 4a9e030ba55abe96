"""Who races: for each contestant what it promises, and how it is started."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from benchmarks.stage import ROOT

BENCH_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
"""Where `make bench` installs what only benchmarks need."""


class Name(StrEnum):
    """How a contestant is called on the command line and in results."""

    BARE = "bare"
    WORKER = "worker"
    QUIX = "quix"
    QUIX_EXACTLY_ONCE = "quix-eo"
    FAUST = "faust"


@dataclass(frozen=True, slots=True)
class Contestant:
    """One of them. `at_most` orders are taken of it, where all of them would take too long."""

    title: str
    command: tuple[str, ...]
    python: Path | None = None
    at_most: int | None = None


CONTESTANTS = {
    Name.BARE: Contestant(
        "no engine: bare aiokafka loop, no state, at least once", ("-m", "benchmarks.bare")
    ),
    Name.WORKER: Contestant(
        "Stammkunde worker, default policy, exactly once", ("-m", "services.cli", "worker")
    ),
}
