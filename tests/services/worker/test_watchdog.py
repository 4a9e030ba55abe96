"""A worker whose loop is blocked ends, and shows where it was."""

import subprocess
import sys
import textwrap
from pathlib import Path

from tests.services.tools.cli.command import environment
from tests.waits import LONGEST_WAIT_S


def run(tmp_path: Path, body: str) -> subprocess.CompletedProcess[str]:
    """Run this within the block, for whose loop half a second of silence is too long."""
    program = f"""
        import asyncio
        import time

        from services.worker.watchdog import exit_when_blocked

        def spin():
            time.sleep(5)

        async def main():
            async with exit_when_blocked(0.5):
                {body}
            time.sleep(0.7)

        asyncio.run(main())
    """
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=LONGEST_WAIT_S,
        check=False,
        env=environment(tmp_path),
    )


def test_a_loop_that_is_blocked_ends_the_process_and_is_shown(tmp_path: Path) -> None:
    """As by a handler that never returns."""
    ended = run(tmp_path, "await asyncio.sleep(0.7); spin()")
    assert ended.returncode == 1
    assert "in spin" in ended.stderr


def test_a_loop_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    """However long; and so is what comes after the block."""
    ended = run(tmp_path, "await asyncio.sleep(1.5)")
    assert (ended.returncode, ended.stderr) == (0, "")
