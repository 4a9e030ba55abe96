"""Finds the processes of a test: those with its data folder in their environment, or in use."""

import os
import time
from pathlib import Path

import pytest

from tests.waits import LONGEST_WAIT_S

PROC = Path("/proc")
needs_proc = pytest.mark.skipif(not PROC.exists(), reason="there is no /proc to look into")


def processes_of(data_dir: Path) -> dict[int, str]:
    """The command line of each process that belongs to this data folder."""
    found = {}
    for entry in PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if _was_asked(entry, data_dir) or _works_in(entry, data_dir):
                found[int(entry.name)] = _command_line(entry)
        except OSError:
            continue  # it has ended meanwhile, or is somebody else's
    return {pid: line for pid, line in found.items() if line}


def wait_until_gone(data_dir: Path, within_s: float = LONGEST_WAIT_S) -> dict[int, str]:
    """Wait until none is left, and return those that are left nevertheless."""
    deadline = time.monotonic() + within_s
    while (left := processes_of(data_dir)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def _was_asked(entry: Path, data_dir: Path) -> bool:
    return f"STAMMKUNDE_DATA_DIR={data_dir}".encode() in (entry / "environ").read_bytes()


def _works_in(entry: Path, data_dir: Path) -> bool:
    """Valkey writes its title over its environment, but it works in its folder."""
    return (entry / "cwd").readlink().is_relative_to(data_dir)


def _command_line(entry: Path) -> str:
    return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
