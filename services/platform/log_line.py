"""A line of a service's log, for people: time, role, level, message, all in one line."""

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
GRAVE: Final = frozenset({"warning", "error", "critical"})
AUDIT_LOGGER: Final = "services.platform.audit.trail"
"""Who logs each record of the audit trail. Whoever looks on needs none: they stand in the topic."""
OURS: Final = ("services.", "topology.agents", "topology.app", "topology.batching.restore")
"""How our loggers begin that tell people something; what others say at info is their inner life."""
ROLE_WIDTH: Final = 11
"""With the blank behind it."""
LEVEL_WIDTH: Final = 8
TIME_WIDTH: Final = 8
INDENT: Final = TIME_WIDTH + ROLE_WIDTH + LEVEL_WIDTH + 2
LEAST_ROOM: Final = 20
"""A terminal that is narrower wraps what is left by itself."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """What a line says: its sentence, or its event if it has none.

    A line that is no JSON, such as a traceback of Python's, is all message.
    """

    message: str
    level: str = ""
    logger: str = ""
    at: datetime | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_for_people(self) -> bool:
        """False for a library's account of what it does, and for a record of the audit trail."""
        return self.is_for_programs and (self.level in GRAVE or self.logger != AUDIT_LOGGER)

    @property
    def is_for_programs(self) -> bool:
        """False if it is a library's account of what it does."""
        return not self.logger or self.level in GRAVE or self.logger.startswith(OURS)


def read_line(text: str) -> LogLine:
    """Read a line of a log file."""
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if not isinstance(said, dict) or "event" not in said:
        return LogLine(text)
    return line_of(said)


def line_of(said: dict[str, Any]) -> LogLine:
    """Return the line of an event, whose values these are; it takes them."""
    event, level, logger = (str(said.pop(name, "")) for name in ("event", "level", "logger"))
    message = str(said.pop("message", "")) or event
    return LogLine(message, level, logger, _instant(said.pop("timestamp", None)), said)


def _instant(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None


def in_words(
    line: LogLine, role: str, zone: tzinfo | None, *, is_coloured: bool, columns: int | None = None
) -> str:
    """Write a line for people, with the time of day in a zone; None is the machine's.

    Without a role it is a line of the only one. A message that does not fit into the columns goes
    on in the next line, below its beginning.
    """
    time = f"{line.at.astimezone(zone):%H:%M:%S}" if line.at else " " * TIME_WIDTH
    level = _one_line(line.level).ljust(LEVEL_WIDTH)
    message, values = _one_line(line.message), _values(line, role)
    indent = INDENT if role else INDENT - ROLE_WIDTH
    of_time, of_level, of_message = GREY, COLOURS.get(line.level), BOLD * (line.level in GRAVE)

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
    """Without room to heed it is one row."""
    if room is None:
        return [text] if text else []
    return textwrap.wrap(text, room, break_on_hyphens=False)


def as_json(text: str, role: str) -> str:
    """Write a line for machines: the service's own, with its role; what is none becomes one."""
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        said = {"event": text}
    return json.dumps({**said, "role": role}, ensure_ascii=False)


def _values(line: LogLine, role: str) -> str:
    said = dict(line.values)
    for name in ("role", "worker"):
        if said.get(name) == role:
            del said[name]
    stacks = said.pop("exception", None)
    found = [_one_line(f"{name}={_quoted(value)}") for name, value in said.items()]
    if isinstance(stacks, list):
        found += [_failure(stack) for stack in stacks if isinstance(stack, dict)]
    elif stacks is not None:
        found.append(_one_line(str(stacks)))
    return " ".join(found)


def _quoted(value: object) -> str:
    """A value of several words shows where it ends."""
    text = str(value)
    return f'"{text}"' if " " in text and isinstance(value, str) else text


def _failure(stack: Mapping[str, Any]) -> str:
    """Such as: ValueError at run.py:12 in main."""
    frames = stack.get("frames")
    kind = _one_line(str(stack.get("exc_type", "error")))
    if not isinstance(frames, list) or not frames or not isinstance(frames[-1], dict):
        return kind
    last = frames[-1]
    file = str(last.get("filename", "?")).rpartition("/")[2]
    return _one_line(f"{kind} at {file}:{last.get('lineno', '?')} in {last.get('name', '?')}")


def _one_line(text: str) -> str:
    """Without anything that would move the cursor."""
    return "".join(char if char.isprintable() else " " for char in text).strip()
