"""Open files, in a process of its own: a limit that was lowered can't always be raised again."""

import subprocess
import sys

import pytest

from tests.waits import LONGEST_WAIT_S

PROGRAM = """
import resource, sys
from services.platform.open_files import allow_open_files

soft, hard, wanted = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(allow_open_files(wanted), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "allowed", "limit"),
    [
        (100, 1000, 500, 500, 500),
        (100, 1000, 5000, 1000, 1000),
        (700, 1000, 500, 500, 700),
        (1000, 1000, 5000, 1000, 1000),
    ],
)
def test_as_many_as_wanted_if_the_system_lets_us(
    soft: int, hard: int, wanted: int, allowed: int, limit: int
) -> None:
    """And never fewer than before."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, (soft, hard, wanted))],
        capture_output=True,
        text=True,
        check=True,
        timeout=LONGEST_WAIT_S,
    )

    assert ended.stdout.split() == [str(allowed), str(limit)]
