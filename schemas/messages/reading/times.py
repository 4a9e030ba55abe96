"""When it happened: times in any clear form, corrected for the skew of the sender's clock.

Text: RFC 3339 and ISO 8601 with a time zone. The T may be small or a blank, Z small or `UTC`; the
fraction has any number of digits, after a point or a comma; the date may be of weeks (2026-W47-5)
or of days (2026-324); signs between the parts may be left out. A leap second is the next second.

Numbers, also as text: of ten digits they are seconds since 1970, and from 300,000,000,000 up to
thirteen digits milliseconds. The one can't be the other: what would be a time of our days in one
unit is in January 1970, or beyond the year 10000, in the other. What is shorter may be a date
without signs.

A date alone, and a time without a zone, are not read: they may be a day off.

The skew is corrected by the rules of Segment and RudderStack. A sender's clock may be wrong, but it
is equally wrong when the message is made and when it is sent. So the time is
received - (sentAt - timestamp). `originalTimestamp` stands in for a missing `timestamp`. If the
message has a `receivedAt`, its `timestamp` has been corrected already. A skew of more than a year
is ignored: then a clock stands at zero. A sentAt that can't be read corrects nothing.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

from schemas.messages.reading.json_text import Json, PassedOver

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

STRICT: Final = re.compile(
    r"\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:(?!60)\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII
)
"""The contract's form, and the form in which a time is written again.

The contract reads no 24:00:00 and no leap second: they are written as the instant that they mean.
"""

_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)
_SECONDS: Final = (10**9, 10**10)
_MILLISECONDS: Final = (300_000_000_000, 10**13)

TIME_FIELDS: Final = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")
"""The fields of a message that hold times."""

MOST_SKEW: Final = timedelta(days=366)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LEAP: Final = 60
_MIDNIGHT: Final = 24


class UnreadableTimeError(ValueError):
    """A time that decides can't be read. The text names the field and says what to write."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: write a time with its zone, such as 2026-11-20T10:15:00Z")


def set_time(content: Json, received: datetime | None, pass_over: PassedOver) -> None:
    """Put the corrected time of a message into its `timestamp`.

    A message without a time gets none. `sentAt` is removed, so nothing is corrected twice.

    Args:
        content: the message, which is changed.
        received: when it arrived here; None if nobody knows.
        pass_over: called with the name of a time that can't be read and decides nothing.

    Raises:
        UnreadableTimeError: the time that decides can't be read.
    """
    sent = _aside(content, "sentAt", pass_over)
    content.pop("sentAt", None)
    earlier = _aside(content, "receivedAt", pass_over)
    value, name = content.get("timestamp"), "timestamp"
    if value is None:
        value, name = content.get("originalTimestamp"), "originalTimestamp"
    else:
        _aside(content, "originalTimestamp", pass_over)
    if value is None:
        if earlier is not None:
            content["timestamp"] = time_text(content["receivedAt"], earlier)
        return
    uncorrected = parse_time(value)
    if uncorrected is None:
        raise UnreadableTimeError(name)
    content["timestamp"] = time_text(value, uncorrected)
    if earlier is not None and name == "timestamp":
        return
    at = _corrected(uncorrected, sent, earlier or received)
    if at is None:
        return
    content["originalTimestamp"] = content["timestamp"]
    content["timestamp"] = at.isoformat()
    if earlier is None and received is not None:
        content["receivedAt"] = received.isoformat()


def may_have_received_at(value: bytes) -> bool:
    """True if a message seems to have a `receivedAt`, by its bytes."""
    return b'"receivedAt"' in value


def _corrected(time: datetime, sent: datetime | None, received: datetime | None) -> datetime | None:
    if sent is None or received is None or abs(received - sent) > MOST_SKEW:
        return None
    try:
        return (time + (received - sent)).astimezone(UTC)
    except OverflowError:
        return None


def _aside(content: Json, name: str, pass_over: PassedOver) -> datetime | None:
    """Read a time that decides nothing by itself; one that can't be read is removed."""
    value = content.get(name)
    at = parse_time(value)
    if at is not None:
        content[name] = time_text(value, at)
    elif content.pop(name, None) is not None:
        pass_over(name)
    return at


def parse_time(value: object) -> datetime | None:
    """Return the time, in UTC, or None if the value can't be read as one."""
    try:
        if isinstance(value, str):
            text = value.strip()
            if STRICT.fullmatch(text):
                return _in_utc(datetime.fromisoformat(text))
            return _written(text) or _counted(text)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _since(value)
    except (ValueError, OverflowError):  # No calendar has such a time.
        pass
    return None


def _in_utc(at: datetime) -> datetime:
    """Convert to UTC; a time of the year 0 or 10000 in UTC becomes the first or last one there is.

    The worker refuses both, and says why.
    """
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return _FIRST if at.year == 1 else _LAST


def time_text(sent: object, at: datetime) -> str:
    """Return a time as text: as it was sent, if that is the contract's form already."""
    if isinstance(sent, str) and STRICT.fullmatch(sent) and at not in (_FIRST, _LAST):
        return sent
    return at.astimezone(UTC).isoformat()


def day_in(text: str) -> str | None:
    """Return the date in a text that is a date with a time; None if it is no such text."""
    found = _DAY.match(text.strip())
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
    """The microseconds in the fraction of a second, rounded as the quick decoder does it."""
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
