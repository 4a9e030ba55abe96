"""Runs the command as a user does: in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.waits import LONGEST_WAIT_S
from topology.compiled_form import PURE

COMMAND = (sys.executable, "-m", "services.tools.cli")


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of a command whose data is in a folder of the test's own.

    No setting of whoever runs the tests counts; the form of the domain is the same.
    """
    ours = ("STAMMKUNDE_", "KAFKA_BOOTSTRAP_SERVERS", "REDIS_URL")
    clean = {
        name: value
        for name, value in os.environ.items()
        if name == PURE or not name.startswith(ours)
    }
    root = str(Path(__file__).parents[4])
    path = os.pathsep.join(filter(None, (root, clean.get("PYTHONPATH"))))
    return {**clean, "PYTHONPATH": path, "STAMMKUNDE_DATA_DIR": str(data_dir), **settings}


def run(
    data_dir: Path, *arguments: str, stdin: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run to the end, in the folder `data_dir`."""
    return subprocess.run(
        [*COMMAND, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=LONGEST_WAIT_S,
        check=False,
        cwd=data_dir,
        env=environment(data_dir, **settings),
    )
