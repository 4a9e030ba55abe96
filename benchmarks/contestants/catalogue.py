"""Who races: for each contestant what it promises, and how it is started."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from benchmarks.environment.stage import ROOT

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
        "bare aiokafka loop: no engine, no state, at least once",
        ("-m", "benchmarks.contestants.bare"),
    ),
    Name.WORKER: Contestant(
        "Stammkunde worker: default policy, exactly once", ("-m", "services.tools.cli", "worker")
    ),
    Name.QUIX_EXACTLY_ONCE: Contestant(
        "Quix Streams: small job, exactly once",
        ("-m", "benchmarks.contestants.quix", "exactly-once"),
        BENCH_PYTHON,
        at_most=400_000,
    ),
    Name.QUIX: Contestant(
        "Quix Streams: small job, at least once",
        ("-m", "benchmarks.contestants.quix", "at-least-once"),
        BENCH_PYTHON,
        at_most=400_000,
    ),
    Name.FAUST: Contestant(
        "plain Faust: small job, at least once",
        ("-m", "benchmarks.contestants.plain_faust"),
        at_most=30_000,
    ),
}
