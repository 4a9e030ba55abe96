"""Writes the output of `up`: lines for people on a terminal, else one JSON object a line."""

import json
import shutil
import sys
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import click

from services.platform.log_line import LogLine, as_json, format_line, read_line
from services.platform.redact import without_password
from services.tools.up.data_folder import RunningStack
from services.tools.up.supervise import Notifier

LogFormat = Literal["auto", "text", "json"]


class UpOutput:
    """Writes the addresses to stdout, and events to stderr.

    Each stream is either text or JSON. The format decides; with `auto`, a terminal gets text.
    """

    def __init__(self, log_format: LogFormat) -> None:
        self._format = log_format
        self.has_begun = False
        """Whether anything has been written."""
        self.notifier = Notifier(self.info, self.warn)

    def info(self, line: str) -> None:
        """Write a step of the start."""
        self._write(line, "info")

    def warn(self, line: str) -> None:
        """Write a failure from which everything recovers."""
        self._write(line, "warning")

    def error(self, line: str) -> None:
        """Write the failure that ends everything."""
        self._write(line, "error")

    def _write(self, line: str, level: str) -> None:
        self.has_begun = True
        text = _own_json(line, level) if self._is_json(sys.stderr) else line
        click.echo(text, err=True)

    def show(self, role: str, text: str) -> None:
        """Write a line of a service's log. People don't get the lines of libraries."""
        line = read_line(text)
        if self._is_json(sys.stderr):
            if line.is_for_programs:
                click.echo(as_json(text, role), err=True)
        elif line.is_for_people:
            click.echo(_for_people(line, role, sys.stderr), err=True)

    def ready(self, stack: RunningStack) -> None:
        """Write the addresses of the running stack."""
        ready, redis = "Everything is ready. Ctrl-C ends it.", without_password(stack.redis)
        if self._is_json(sys.stdout):
            addresses = {"kafka": stack.kafka, "redis": redis, "api": stack.api}
            click.echo(_own_json("ready", "info", **addresses, message=ready))
            return
        click.echo(f"Kafka  {stack.kafka}")
        click.echo(f"Redis  {redis}")
        click.echo(f"API    {stack.api} (try {stack.api}/docs)")
        click.echo(ready)

    def _is_json(self, stream: TextIO) -> bool:
        return self._format == "json" or (self._format == "auto" and not stream.isatty())


def _for_people(line: LogLine, role: str, stream: TextIO) -> str:
    is_terminal = stream.isatty()
    columns = shutil.get_terminal_size().columns if is_terminal else None
    return format_line(line, role, None, is_coloured=is_terminal, columns=columns)


def _own_json(event: str, level: str, **values: Any) -> str:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    line = {"event": event, **values, "level": level, "timestamp": now, "role": "up"}
    return json.dumps(line, ensure_ascii=False)
