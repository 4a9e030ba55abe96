"""A report: one JSON file for each part, with what made it and on what machine."""

import json
import shlex
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.environment.machine import describe_machine

FOLDER = Path(__file__).parent.parent / "results"


def write_report(part: str, content: Mapping[str, object], folder: Path = FOLDER) -> Path:
    """Write the results of a part, and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{part}.json"
    report = {"part": part, **made(), **content}
    file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return file


def made() -> dict[str, object]:
    """The command, the day and the machine."""
    return {
        "command": command(sys.argv[1:]),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": describe_machine(),
    }


def command(arguments: list[str]) -> str:
    """The command that makes the same report again."""
    return f'make bench ARGS="{shlex.join(arguments)}"' if arguments else "make bench"
