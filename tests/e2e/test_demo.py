"""`stammkunde demo --once`, as a user starts it: to its end, and nothing is left behind."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import cdnow
from tests.services.tools.cli.command import COMMAND, environment
from tests.services.tools.cli.processes import needs_proc, processes_of

pytestmark = [pytest.mark.e2e]


@dataclass(frozen=True)
class Demo:
    """A whole demo: where its data was, how it ended and what it said."""

    data_dir: Path
    status: int
    stdout: str
    stderr: str

    @property
    def summary(self) -> dict[str, Any]:
        """The last line."""
        summary: dict[str, Any] = json.loads(self.stdout.splitlines()[-1])
        return summary


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Run the demo once, for all tests of this module."""
    data_dir = tmp_path_factory.mktemp("demo")
    ended = subprocess.run(
        [*COMMAND, "demo", "--once"],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
        cwd=data_dir,
        env=environment(data_dir, STAMMKUNDE_API_PORT="0"),
    )
    return Demo(data_dir, ended.returncode, ended.stdout, ended.stderr)


def test_it_ends_well(demo: Demo) -> None:
    assert demo.status == 0, demo.stderr


def test_its_last_line_has_the_oracle_s_figures(demo: Demo) -> None:
    summary = demo.summary
    assert list(summary) == [
        "orders",
        "customers",
        "revenue_cents",
        "segments",
        "transitions",
        "triggers",
    ]
    assert summary == cdnow.verdict().summary


def test_its_progress_is_printed_line_by_line_without_a_terminal(demo: Demo) -> None:
    months = [line for line in demo.stderr.splitlines() if line.startswith("199")]
    assert months
    assert months == sorted(months)


@needs_proc
def test_nothing_is_left_running(demo: Demo) -> None:
    assert processes_of(demo.data_dir) == {}


def test_nobody_finds_a_stack_afterwards(demo: Demo) -> None:
    assert not (demo.data_dir / "demo" / "stack.json").exists()
