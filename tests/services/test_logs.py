"""Logs are for a reader on a terminal, and for a machine elsewhere."""

import json
import subprocess
import sys
from pathlib import Path

from tests.services.cli.command import environment

SERVICE = "from services.logs import log_as_a_service as f; "
COMMAND = "from services.logs import log_as_a_command as f; "
SPEAK = (
    "import sys, logging, structlog; f(sys.stdout); "
    "structlog.get_logger('ours').info('started', partitions='8'); "
    "logging.getLogger('aiokafka.conn').error('Unable connect'); "
    "logging.getLogger('ours').warning('odd')"
)


def logged(setup: str, tmp_path: Path) -> list[dict[str, str]]:
    ended = subprocess.run(
        [sys.executable, "-c", setup + SPEAK],
        capture_output=True,
        text=True,
        check=True,
        env=environment(tmp_path),
    )
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_a_service_logs_json_with_names_levels_and_utc(tmp_path: Path) -> None:
    first, *rest = logged(SERVICE, tmp_path)
    assert first["event"] == "started"
    assert (first["logger"], first["level"], first["partitions"]) == ("ours", "info", "8")
    assert first["timestamp"].endswith("Z")
    assert [line["event"] for line in rest] == ["Unable connect", "odd"]


def test_a_command_keeps_libraries_quiet(tmp_path: Path) -> None:
    assert [line["event"] for line in logged(COMMAND, tmp_path)] == ["odd"]
