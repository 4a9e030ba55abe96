"""What a process on the stage sees."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks.environment.stage import Stage, appears, playing
from topology.compiled_form import PURE

_SEEN = "seen.json"
_SHOW = f"""
import json, os, pathlib, time
file = pathlib.Path("unfinished")
file.write_text(json.dumps(dict(os.environ)))
file.rename({_SEEN!r})
time.sleep(600)
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")


async def test_it_runs_the_form_of_the_domain_that_the_benchmark_was_started_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And it gets the settings of its part, and no others."""
    monkeypatch.setenv(PURE, "1")
    monkeypatch.setenv("STAMMKUNDE_POLICY", "mine.yaml")
    on = Stage(kafka="nowhere:1", broker_pid=0, folder=tmp_path, partitions=1)
    async with playing(on, "any", ["-c", _SHOW], {"STAMMKUNDE_APP_ID": "bench"}) as player:
        seen = json.loads(await appears(tmp_path / _SEEN, player))

    ours = {name: value for name, value in seen.items() if name.startswith("STAMMKUNDE_")}
    assert ours == {
        PURE: "1",
        "STAMMKUNDE_APP_ID": "bench",
        "STAMMKUNDE_DATA_DIR": str(tmp_path / "data"),
    }
