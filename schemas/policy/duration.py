"""Durations as people write them: `30 days`, `72 hours`."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

_TEXT = re.compile(r"^\s*(\d+)\s*(minute|hour|day|week)s?\s*$")


def _parse(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = _TEXT.match(value) if isinstance(value, str) else None
    if match is None:
        msg = "write a duration as a whole number and a unit, such as '30 days' or '12 hours'"
        raise ValueError(msg)
    duration = timedelta(**{f"{match[2]}s": int(match[1])})
    if not duration:
        msg = "a duration must be longer than nothing"
        raise ValueError(msg)
    return duration


def _write(value: timedelta) -> str:
    minutes = value // timedelta(minutes=1)
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes % size == 0:
            return f"{minutes // size} {unit}"
    return f"{minutes} minutes"


Duration = Annotated[
    timedelta, BeforeValidator(_parse), PlainSerializer(_write, return_type=str, when_used="always")
]
"""An exact length of time, longer than nothing; a day is 24 hours."""
