"""How one attempt ended, read from the answer's status and its header `Retry-After`: pure.

AttemptOutcome
├── Outcome          of sending
│   ├── Delivered    the endpoint answered 2xx
│   ├── Failed       anything else; `retry_after_s` if the endpoint asked for a pause
│   └── Gone         410: the endpoint wants no more webhooks
└── CustomerErased   the customer was erased: the trigger is not sent, or not sent again
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from http import HTTPStatus
from typing import Final

RETRY_AFTER = b"retry-after"


@dataclass(frozen=True, slots=True)
class Delivered:
    """The endpoint accepted the webhook."""

    status: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The attempt failed. The reason contains no address and no text of the endpoint."""

    reason: str
    status: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The endpoint answered 410: it wants no more webhooks."""

    status: int = HTTPStatus.GONE


@dataclass(frozen=True, slots=True)
class CustomerErased:
    """The customer was erased, so nobody may receive the trigger any more."""


Outcome = Delivered | Failed | Gone
AttemptOutcome = Outcome | CustomerErased


def outcome_of(status: int, headers: Iterable[tuple[bytes, bytes]], now: datetime) -> Outcome:
    """Return the outcome of an answer. A redirect is a failure: its target was not checked."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Delivered(status)
    if status == HTTPStatus.GONE:
        return Gone()
    value = next((value for name, value in headers if name.lower() == RETRY_AFTER), None)
    return Failed(f"status {status}", status, None if value is None else retry_after_s(value, now))


MAX_DIGITS: Final = 9
"""No pause is longer than some hours, so more digits make no difference."""
MAX_LENGTH: Final = 64
"""Of a date, in characters: RFC 9110 needs 33 at most."""
MONTHS: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_TIME: Final = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_MONTH: Final = r"(?P<month>[a-z]{3})"
_ZONE: Final = r"(?:GMT|UTC|(?P<sign>[+-])(?P<zone_hour>\d\d)(?P<zone_minute>\d\d))"
_FORMS: Final = tuple(
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        rf"[a-z]{{3}}, (?P<day>\d\d?) {_MONTH} (?P<year>\d{{4}}) {_TIME} {_ZONE}",
        rf"[a-z]{{6,9}}, (?P<day>\d\d)-{_MONTH}-(?P<year>\d\d) {_TIME} {_ZONE}",
        rf"[a-z]{{3}} {_MONTH} (?P<day>[ \d]\d) {_TIME} (?P<year>\d{{4}})",
    )
)
"""The three forms of a date in RFC 9110. Some endpoints write an offset instead of GMT."""
_CENTURY: Final = 100
_HALF_A_CENTURY: Final = 50


def retry_after_s(value: bytes, now: datetime) -> float | None:
    """Return how many seconds `Retry-After` asks for, never less than 0.

    The value is a number of seconds or a date. Return None if it is neither.
    """
    text = value.decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text.lstrip("0")[:MAX_DIGITS] or "0")
    at = _read_date(text, now) if len(text) <= MAX_LENGTH else None
    return None if at is None else max(0.0, (at - now).total_seconds())


def _read_date(text: str, now: datetime) -> datetime | None:
    found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if found is None or found["month"].lower() not in MONTHS:
        return None
    year, month = int(found["year"]), MONTHS.index(found["month"].lower()) + 1
    if year < _CENTURY:
        year = _full_year(year, now)
    hour, minute, second = (int(found[name]) for name in ("hour", "minute", "second"))
    try:
        zone = _zone(found.groupdict())
        return datetime(year, month, int(found["day"]), hour, minute, second, tzinfo=zone)
    except ValueError:
        return None  # Such as the 31st of February, or an hour 25.


def _full_year(short: int, now: datetime) -> int:
    """Return the year of two digits that is at most 50 years ahead."""
    year = now.year - now.year % _CENTURY + short
    return year - _CENTURY if year > now.year + _HALF_A_CENTURY else year


def _zone(found: dict[str, str | None]) -> timezone:
    """Return the offset; raises ValueError if it is a day or more."""
    hour, minute = found.get("zone_hour"), found.get("zone_minute")
    if hour is None or minute is None:
        return UTC
    offset = timedelta(hours=int(hour), minutes=int(minute))
    return timezone(-offset if found["sign"] == "-" else offset)
