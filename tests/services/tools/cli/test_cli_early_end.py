"""SIGTERM that comes while the command is still importing."""

import subprocess
import sys
from pathlib import Path

from tests.services.tools.cli.command import environment

EARLY = """
import sys
from services.tools.cli import entry

def importing():
    exec("import os, signal; os.kill(os.getpid(), signal.SIGTERM)")

entry._run = importing
sys.exit(entry.main())
"""


def test_sigterm_in_generated_code_is_an_end_in_order(tmp_path: Path) -> None:
    """As when a dataclass is being made."""
    (tmp_path / "early.py").write_text(EARLY)
    ended = subprocess.run(
        [sys.executable, "-m", "early"], cwd=tmp_path, env=environment(tmp_path), check=False
    )
    assert ended.returncode == 0
