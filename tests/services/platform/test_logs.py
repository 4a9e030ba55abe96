"""Logs are for a reader on a terminal, and for a machine elsewhere."""

import json
import logging
import re
import subprocess
import sys
from pathlib import Path

from services.platform.logs import RateLimitChatty
from tests.services.tools.cli.command import environment

SERVICE = "from services.platform.logs import log_as_a_service as f; "
COMMAND = "from services.platform.logs import log_as_a_command as f; "
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


ON_A_TERMINAL = """
import io, logging, structlog
from services.platform.logs import log_as_a_service
class Terminal(io.StringIO):
    def isatty(self):
        return True
shown = Terminal()
log_as_a_service(shown)
structlog.get_logger("services.x").info("kafka_back", away_s=4.0)
structlog.get_logger("services.platform.audit.trail").info("audit", actor="key")
logging.getLogger("faust.app").info("[^BatchApp]: Starting...")
logging.getLogger("aiokafka.consumer.group_coordinator").warning(
    "Heartbeat failed for group %s because it is rebalancing", "stammkunde"
)
try:
    {}["c-42"]
except KeyError:
    structlog.get_logger("services.x").error("request_failed", exc_info=True)
print(shown.getvalue())
"""


def test_a_terminal_gets_what_is_for_people(tmp_path: Path) -> None:
    """Neither the audit trail, nor a library's inner life, nor a rebalance, nor who it was."""
    ended = subprocess.run(
        [sys.executable, "-c", ON_A_TERMINAL],
        capture_output=True,
        text=True,
        check=True,
        env=environment(tmp_path, COLUMNS="200"),
    )
    back, failed = re.sub(r"\x1b\[[0-9;]*m", "", ended.stdout).strip().splitlines()
    assert back.split(" ", 1)[1] == "info     Kafka answers again. away_s=4.0"
    assert "error    A request was answered with 500" in failed
    assert "KeyError at <string>:" in failed
    assert "c-42" not in ended.stdout


def test_a_command_keeps_libraries_quiet(tmp_path: Path) -> None:
    assert [line["event"] for line in logged(COMMAND, tmp_path)] == ["odd"]


FAIL = """
import sys, logging, structlog
from services.platform.logs import log_as_a_service
from aiokafka.errors import KafkaConnectionError
log_as_a_service(sys.stdout)
try:
    {}["c-42"]
except KeyError as error:
    try:
        raise ValueError("of c-42") from error
    except ValueError as other:
        structlog.get_logger("ours").error("it ends", exc_info=True)
        logging.getLogger("mode").exception("Crashed reason=%r", other)
logging.getLogger("mode").warning("away: %s", KafkaConnectionError("at k:9092"))
"""


def test_a_log_says_where_it_failed_but_not_with_whom(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FAIL],
        capture_output=True,
        text=True,
        check=True,
        env=environment(tmp_path),
    )
    ours, theirs, away = [json.loads(line) for line in ended.stdout.splitlines()]
    assert "c-42" not in ended.stdout
    assert [each["exc_type"] for each in ours["exception"]] == ["ValueError", "KeyError"]
    assert ours["exception"][0]["frames"]
    assert theirs["event"] == "Crashed reason='ValueError'"
    assert "k:9092" in away["event"]


def test_a_library_does_not_say_the_same_at_every_retry() -> None:
    """But says it again after a while, and other things at once."""
    once = RateLimitChatty()

    def passes(name: str, message: str, at: float) -> bool:
        record = logging.LogRecord(name, logging.ERROR, "", 0, message, None, None)
        record.created = at
        return bool(once.filter(record))

    assert passes("aiokafka.conn", "no broker", 0.0)
    assert not passes("aiokafka.conn", "no broker", 59.0)
    assert passes("aiokafka.conn", "something else", 59.0)
    assert passes("aiokafka.conn", "no broker", 60.0)
    assert passes("services.worker", "a", 0.0)
    assert passes("services.worker", "a", 0.0)
