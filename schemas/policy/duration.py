"""Durations as people write them: `30 days`, `72 hours`."""

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from schemas.counted import agreeing

_MINUTES: Final = {"minute": 1, "hour": 60, "day": 1440, "week": 10_080}

_LONGEST: Final = 36_525 * 1440
"""A hundred years: longer is a slip of the pen, and would end after the calendar does."""

_PATTERN: Final = r"^\s*([0-9]{1,18})\s*(minute|hour|day|week)s?\s*$"
_TEXT: Final = re.compile(_PATTERN)


def _parse(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = _TEXT.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            "write a duration as a whole number and a unit, such as '30 days' or '12 hours'"
        )
    minutes = int(match[1]) * _MINUTES[match[2]]
    if not minutes:
        raise ValueError("a duration must be longer than nothing")
    if minutes > _LONGEST:
        raise ValueError("a duration can't be longer than 100 years")
    return timedelta(minutes=minutes)


def write_duration(value: timedelta) -> str:
    """A duration as people write it."""
    number, unit = _in_its_unit(value)
    return f"{number} {agreeing(number, unit)}"


def _serialize(value: timedelta) -> str:
    """A duration as a policy's version hashes it: another spelling would be another version."""
    number, unit = _in_its_unit(value)
    return f"{number} {unit}s"


def _in_its_unit(value: timedelta) -> tuple[int, str]:
    minutes = value // timedelta(minutes=1)
    for unit, size in (("day", 1440), ("hour", 60)):
        if minutes % size == 0:
            return minutes // size, unit
    return minutes, "minute"


Duration = Annotated[
    timedelta,
    BeforeValidator(_parse),
    PlainSerializer(_serialize, return_type=str, when_used="always"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _PATTERN,
            "description": "A whole number and a unit; a day is 24 hours.",
            "examples": ["30 days", "12 hours"],
        }
    ),
]
"""An exact length of time, longer than nothing and at most 100 years; a day is 24 hours."""
