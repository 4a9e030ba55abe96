"""What `up` writes is for people or for programs, and never both in one stream."""

import json
import sys

import pytest

from services.tools.cli.up_output import LogFormat, UpOutput
from services.tools.up.data_folder import RunningStack

STACK = RunningStack(kafka="k:1", redis="redis://:secret@r:2/0", api="http://a:3")
AUDIT = '{"event": "audit", "logger": "services.platform.audit.trail", "level": "info"}'
LIBRARY = '{"event": "rebalance", "logger": "faust.x", "level": "info"}'
SERVICE = (
    '{"event": "kafka_back", "logger": "services.x", "level": "info", "message": "It is back."}'
)


def all_of_it(log_format: LogFormat) -> None:
    output = UpOutput(log_format)
    output.info("Kafka is up.")
    output.warn("The api ended.")
    for line in (SERVICE, AUDIT, LIBRARY, "Traceback (most recent call last):"):
        output.show("api", line)
    output.ready(STACK)
    output.error("Nothing runs.")


@pytest.mark.parametrize("log_format", ["json", "auto"])
def test_programs_get_one_object_a_line(
    log_format: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    all_of_it(log_format)
    out, err = capsys.readouterr()
    logs = [json.loads(line) for line in err.splitlines()]
    assert [(each["role"], each.get("level"), each["event"]) for each in logs] == [
        ("up", "info", "Kafka is up."),
        ("up", "warning", "The api ended."),
        ("api", "info", "kafka_back"),
        ("api", "info", "audit"),
        ("api", None, "Traceback (most recent call last):"),
        ("up", "error", "Nothing runs."),
    ]
    ready = json.loads(out)
    assert STACK.model_dump().items() - ready.items() == {("redis", STACK.redis)}
    assert ready["redis"] == "redis://:***@r:2/0"
    assert ready["message"].startswith("Everything is ready.")


@pytest.mark.parametrize("log_format", ["text", "auto"])
def test_people_get_lines_to_read(
    log_format: LogFormat, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal, or wherever it is asked for; the audit trail is not for them."""
    if log_format == "auto":
        for stream in (sys.stdout, sys.stderr):
            monkeypatch.setattr(stream, "isatty", lambda: True)
    all_of_it(log_format)
    out, err = capsys.readouterr()
    assert "{" not in out + err
    assert "It is back." in err
    assert "audit" not in err
    assert "rebalance" not in err
    assert "API    http://a:3 (try http://a:3/docs)" in out
    assert "secret" not in out
