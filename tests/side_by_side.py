"""All tests, in three processes: `python -m tests.side_by_side`, which is what `make test` runs.

Some compute and most wait for real servers, so they run beside each other. Those of the stream
itself come first: a worker that gets no time to send its heartbeat would be another test. The
others take what these leave of the processors, and those that only compute what all leave.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

COMPUTING: Final = (
    "tests/oracle",
    "tests/schemas",
    "tests/topology/agents",
    "tests/topology/domain",
)
"""The folders whose tests ask for no server."""

EDGE: Final = (
    "tests/clients",
    "tests/services/platform/access",
    "tests/services/api",
    "tests/services/platform/audit",
    "tests/services/platform/compacted",
    "tests/services/dead_letters",
    "tests/services/webhooks",
    "tests/services/ingest",
    "tests/services/tools/replay",
    "tests/services/secured",
)
"""Those of what comes in and goes out, which take as long as what is left."""


def main() -> int:
    """Run all tests; return pytest's exit status of the part that went worst."""
    stream = [f"--ignore={each}" for each in (*COMPUTING, *EDGE)]
    with (
        TemporaryFile("w+", encoding="utf-8") as computed,
        TemporaryFile("w+", encoding="utf-8") as told,
        _started(15, COMPUTING, computed) as computing,
        _started(5, EDGE, told) as edge,
    ):
        statuses = [subprocess.run(_command(0, stream), check=False).returncode]
        statuses += [edge.wait(), computing.wait()]
        for output in (told, computed):
            output.seek(0)
            sys.stdout.writelines(output)
    return max(map(abs, statuses))


def _started(niceness: int, folders: tuple[str, ...], output: IO[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(_command(niceness, folders), stdout=output, stderr=subprocess.STDOUT)


def _command(niceness: int, arguments: list[str] | tuple[str, ...]) -> list[str]:
    """Run pytest on these, giving way to others by so much; each keeps notes of its own."""
    notes = f"cache_dir={Path('.pytest_cache') / str(niceness)}"
    nice = ("nice", "-n", str(niceness))
    return [*nice, sys.executable, "-m", "pytest", "-o", notes, *arguments]


if __name__ == "__main__":
    sys.exit(main())
