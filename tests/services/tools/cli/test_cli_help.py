"""Help is for a stranger, and quick."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.tools.cli.command import environment, run

COMMANDS = (
    "demo",
    "up",
    "worker",
    "projector",
    "api",
    "delivery",
    "archive",
    "replay",
    "dead-letters",
    "topics",
    "keys",
    "connect",
    "policy",
    "doctor",
)


def test_help_names_every_command(tmp_path: Path) -> None:
    ended = run(tmp_path, "--help")
    assert ended.returncode == 0
    listed = [line.split()[0] for line in ended.stdout.split("Commands:\n")[1].splitlines()]
    assert listed == list(COMMANDS)
    assert "..." not in ended.stdout.split("Commands:\n")[1], "80 columns hold each line whole"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, tmp_path: Path) -> None:
    ended = run(tmp_path, command, "--help")
    assert ended.returncode == 0
    assert ended.stdout.startswith(f"Usage: stammkunde {command}")


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    heavy = ("pydantic", "aiokafka", "faust", "redis", "fastapi", "rich", "asyncio")
    code = f"import sys, services.tools.cli.group; print([m for m in {heavy} if m in sys.modules])"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=environment(tmp_path),
    )
    assert ended.stdout == "[]\n"
