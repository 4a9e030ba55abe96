"""A time, in any form that can't be mistaken for another: the one place where times are read.

Text: RFC 3339 and ISO 8601 with a time zone. The T may be small or a blank, Z small or `UTC`; the
fraction has any number of digits, after a point or a comma; the date may be of weeks (2026-W47-5)
or of days (2026-324); signs between the parts may be left out. A leap second is the next second.

Numbers, also as text: of ten digits they are seconds since 1970, and from 300,000,000,000 up to
thirteen digits milliseconds. The one can't be the other: what would be a time of our days in one
unit is in January 1970, or beyond the year 10000, in the other. What is shorter may be a date
without signs.

A date alone, and a time without a zone, are not read: they may be a day off.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

_DATE: Final = (
    r"(?P<year>\d{4})(?:"
    r"-(?P<month>\d\d)-(?P<day>\d\d)|(?P<month_>\d\d)(?P<day_>\d\d)"
    r"|-?[Ww](?P<week>\d\d)-?(?P<weekday>[1-7])"
    r"|-?(?P<yearday>\d{3}))"
)
_TIME: Final = (
    r"(?P<hour>\d\d)(?::(?P<minute>\d\d)(?::(?P<second>\d\d))?"
    r"|(?P<minute_>\d\d)(?P<second_>\d\d)?)?(?:[.,](?P<fraction>\d+))?"
)
_ZONE: Final = (
    r"(?:(?P<sign>[-+\u2212])(?P<hours>\d\d)(?::?(?P<minutes>\d\d))?(?:\ ?(?:UTC|\[[\w/+:-]+\]))?"
    r"|[Zz](?:\[[\w/+:-]+\])?|UTC|GMT)"
)
_WRITTEN: Final = re.compile(rf"{_DATE}(?:[Tt_]|\ +){_TIME}\ ?{_ZONE}", re.ASCII)
_COUNTED: Final = re.compile(r"(\d{10}|\d{12,13})(?:\.(\d+))?", re.ASCII)

STRICT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
"""As the contract has it, and as it is written on."""

_SECONDS: Final = (10**9, 10**10)
_MILLISECONDS: Final = (300_000_000_000, 10**13)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LEAP: Final = 60
_MIDNIGHT: Final = 24


class UnreadableTimeError(ValueError):
    """A time that decides, and can't be read. The text says where, and what to write."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: write a time with its zone, such as 2026-11-20T10:15:00Z")


def moment(said: object) -> datetime | None:
    """Return the instant, in UTC, or None if this is none that can be read."""
    try:
        if isinstance(said, str):
            text = said.strip()
            if STRICT.fullmatch(text) and text[11:13] != "24" and text[17:19] != "60":
                return datetime.fromisoformat(text).astimezone(UTC)
            return _written(text) or _counted(text)
        if isinstance(said, int | float) and not isinstance(said, bool):
            return _since(said)
    except (ValueError, OverflowError):  # No calendar has it.
        pass
    return None


def text_of(said: object, at: datetime) -> str:
    """Return an instant as text: as it was said, if it is in the contract's form already."""
    if isinstance(said, str) and STRICT.fullmatch(said):
        return said
    return at.astimezone(UTC).isoformat()


def day_in(said: str) -> str | None:
    """Return the day of a text that is a date with a time, as a date alone; None if it is none."""
    found = _DAY.match(said.strip())
    try:
        return None if found is None else _day(found.groupdict()).isoformat()
    except (ValueError, OverflowError):
        return None


_DAY: Final = re.compile(rf"{_DATE}(?:[Tt]|\ +)\d\d:?\d\d[\d:.,]*\s?(?:{_ZONE})?\Z", re.ASCII)


def _counted(text: str) -> datetime | None:
    return _since(float(text) if "." in text else int(text)) if _COUNTED.fullmatch(text) else None


def _since(number: float) -> datetime | None:
    if _SECONDS[0] <= number < _SECONDS[1]:
        return _EPOCH + timedelta(microseconds=round(number * 1_000_000))
    if _MILLISECONDS[0] <= number < _MILLISECONDS[1]:
        return _EPOCH + timedelta(microseconds=round(number * 1_000))
    return None


def _written(text: str) -> datetime | None:
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    part = found.groupdict()
    hour = int(part["hour"])
    minute = int(part["minute"] or part["minute_"] or 0)
    second = int(part["second"] or part["second_"] or 0)
    fraction = _microseconds(part)
    if hour == _MIDNIGHT and (minute or second or fraction):
        return None
    leap = second == _LEAP
    day = datetime.combine(_day(part), datetime.min.time(), _zone(part))
    if hour != _MIDNIGHT:
        day = day.replace(hour=hour, minute=minute, second=second - leap)
    at = day.astimezone(UTC)
    if leap and (at.hour, at.minute) != (23, 59):
        return None
    if leap:
        return at + timedelta(seconds=1)
    return at + timedelta(days=hour == _MIDNIGHT, microseconds=fraction)


def _microseconds(part: Mapping[str, Any]) -> int:
    """Of the fraction of a second, rounded as the quick decoder does it."""
    digits = part["fraction"] or ""
    if not digits:
        return 0
    if part["second"] is None and part["second_"] is None:
        msg = "a fraction of an hour or a minute"
        raise ValueError(msg)
    return int(digits[:6].ljust(6, "0")) + (digits[6:7] >= "5")


def _day(part: Mapping[str, Any]) -> date:
    year = int(part["year"])
    if part["week"] is not None:
        return date.fromisocalendar(year, int(part["week"]), int(part["weekday"]))
    if part["yearday"] is not None:
        found = date(year, 1, 1) + timedelta(days=int(part["yearday"]) - 1)
        if found.year != year:
            msg = "no year has such a day"
            raise ValueError(msg)
        return found
    return date(year, int(part["month"] or part["month_"]), int(part["day"] or part["day_"]))


def _zone(part: Mapping[str, Any]) -> timezone:
    if part["sign"] is None:
        return UTC
    hours, minutes = int(part["hours"]), int(part["minutes"] or 0)
    if minutes >= 60:  # noqa: PLR2004 - an hour has as many
        msg = "no hour has so many minutes"
        raise ValueError(msg)
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(ahead if part["sign"] == "+" else -ahead)
