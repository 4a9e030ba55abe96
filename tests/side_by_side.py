"""All tests, in two processes: `python -m tests.side_by_side`, which is what `make test` runs.

Half of them compute and half of them wait for real servers, so they run beside each other. Those
that compute take only what the others leave of the processors: a worker that gets no time to send
its heartbeat would be another test.
"""

import subprocess
import sys
from tempfile import TemporaryFile
from typing import Final

COMPUTING: Final = (
    "tests/oracle",
    "tests/schemas",
    "tests/topology/agents",
    "tests/topology/domain",
)
"""The folders whose tests ask for no server."""

_PYTEST: Final = (sys.executable, "-m", "pytest")
_GIVING_WAY: Final = ("nice", "-n", "15")


def main() -> int:
    """Run all tests; return pytest's exit status of the part that went worst."""
    others = [f"--ignore={folder}" for folder in COMPUTING]
    with TemporaryFile("w+", encoding="utf-8") as told:
        with subprocess.Popen(
            (*_GIVING_WAY, *_PYTEST, *COMPUTING), stdout=told, stderr=subprocess.STDOUT
        ) as computing:
            waiting = subprocess.run((*_PYTEST, *others), check=False)
        told.seek(0)
        sys.stdout.writelines(told)
    worst: int = max(abs(waiting.returncode), abs(computing.returncode))
    return worst


if __name__ == "__main__":
    sys.exit(main())
