"""Formats a line of a service's log for people: time, role, level and message."""

import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Final

COLOURS: Final = {
    "debug": "\x1b[90m",
    "info": "\x1b[32m",
    "warning": "\x1b[33m",
    "error": "\x1b[31m",
    "critical": "\x1b[1;31m",
}
GREY: Final = "\x1b[90m"
BOLD: Final = "\x1b[1m"
PLAIN: Final = "\x1b[0m"
SEVERE: Final = frozenset({"warning", "error", "critical"})
AUDIT_LOGGER: Final = "services.platform.audit.trail"
"""The logger of the audit records. A person at a terminal does not need them."""
OURS: Final = ("services.", "topology.agents", "topology.app", "topology.batching.restore")
"""The prefixes of our loggers with lines for people; other loggers' info lines are internals."""
ROLE_WIDTH: Final = 11
"""With the blank after it."""
LEVEL_WIDTH: Final = 8
TIME_WIDTH: Final = 8
INDENT: Final = TIME_WIDTH + ROLE_WIDTH + LEVEL_WIDTH + 2
LEAST_ROOM: Final = 20
"""A narrower terminal wraps the rest of a line itself."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line with its message: its sentence, or its event without one.

    A line that is no JSON, such as one of a Python traceback, is all message.
    """

    message: str
    level: str = ""
    logger: str = ""
    at: datetime | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_for_people(self) -> bool:
        """Whether it is neither a library's info line nor an audit record."""
        return self.is_for_programs and (self.level in SEVERE or self.logger != AUDIT_LOGGER)

    @property
    def is_for_programs(self) -> bool:
        """Whether it is more than a library's info line."""
        return not self.logger or self.level in SEVERE or self.logger.startswith(OURS)


def read_line(text: str) -> LogLine:
    """Read a line of a log file."""
    entry = _entry_in(text)
    return LogLine(text) if entry is None or "event" not in entry else line_of(entry)


def _entry_in(text: str) -> dict[str, Any] | None:
    """Return the values of a line that is a JSON object; None for any other."""
    try:
        entry = json.loads(text)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def line_of(entry: dict[str, Any]) -> LogLine:
    """Return the line of an entry, and take over its values."""
    event, level, logger = (str(entry.pop(name, "")) for name in ("event", "level", "logger"))
    message = str(entry.pop("message", "")) or event
    return LogLine(message, level, logger, _time_in(entry.pop("timestamp", None)), entry)


def _time_in(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None


def format_line(
    line: LogLine, role: str, zone: tzinfo | None, *, is_coloured: bool, columns: int | None = None
) -> str:
    """Format a line for people, with the time of day in a zone; None for the machine's zone.

    The role is empty where only one role logs. A message that does not fit into the columns goes on
    in the next line, below its beginning.
    """
    time = f"{line.at.astimezone(zone):%H:%M:%S}" if line.at else " " * TIME_WIDTH
    level = _one_line(line.level).ljust(LEVEL_WIDTH)
    message, values = _one_line(line.message), _values(line, role)
    indent = INDENT if role else INDENT - ROLE_WIDTH
    of_time, of_level, of_message = GREY, COLOURS.get(line.level), BOLD * (line.level in SEVERE)

    def styled(text: str, style: str | None) -> str:
        return f"{style}{text}{PLAIN}" if is_coloured and style else text

    room = None if columns is None else max(columns - indent, LEAST_ROOM)
    rows = [styled(each, of_message) for each in _wrapped(message, room)]
    rows += [styled(each, GREY) for each in _wrapped(values, room)]
    fits = room is None or len(f"{message} {values}") <= room
    text = (" " if fits else "\n" + " " * indent).join(rows)
    whose = f"{role} ".ljust(ROLE_WIDTH) if role else ""
    head = f"{styled(time, of_time)} {whose}{styled(level, of_level)}"
    return f"{head} {text}".rstrip()


def _wrapped(text: str, room: int | None) -> list[str]:
    """Wrap a text into rows; without a limit it is one row."""
    if room is None:
        return [text] if text else []
    return textwrap.wrap(text, room, break_on_hyphens=False)


def as_json(text: str, role: str) -> str:
    """Return a line as JSON with its role; a line that is no JSON object becomes an event."""
    entry = _entry_in(text)
    values = {"event": text} if entry is None else entry
    return json.dumps({**values, "role": role}, ensure_ascii=False)


def _values(line: LogLine, role: str) -> str:
    values = dict(line.values)
    for name in ("role", "worker"):
        if values.get(name) == role:
            del values[name]
    stacks = values.pop("exception", None)
    found = [_one_line(f"{name}={_quoted(value)}") for name, value in values.items()]
    if isinstance(stacks, list):
        found += [_failure(stack) for stack in stacks if isinstance(stack, dict)]
    elif stacks is not None:
        found.append(_one_line(str(stacks)))
    return " ".join(found)


def _quoted(value: object) -> str:
    """Put a text of several words into quotation marks."""
    text = str(value)
    return f'"{text}"' if " " in text and isinstance(value, str) else text


def _failure(stack: Mapping[str, Any]) -> str:
    """Return the kind and place of an error, such as `ValueError at run.py:12 in main`."""
    frames = stack.get("frames")
    kind = _one_line(str(stack.get("exc_type", "error")))
    if not isinstance(frames, list) or not frames or not isinstance(frames[-1], dict):
        return kind
    last = frames[-1]
    file = str(last.get("filename", "?")).rpartition("/")[2]
    return _one_line(f"{kind} at {file}:{last.get('lineno', '?')} in {last.get('name', '?')}")


def _one_line(text: str) -> str:
    """Replace all characters that would move the cursor."""
    return "".join(char if char.isprintable() else " " for char in text).strip()
