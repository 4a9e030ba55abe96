"""Clocks on walls: a customer's time zone, birthdays and quiet hours."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from tests.oracle.history import History
from tests.oracle.instant import Instant, datetime_of, instant_of
from tests.oracle.policy import Policy


def zone_of(history: History, policy: Policy) -> ZoneInfo:
    """The customer's zone if it is known and there is such a one, else the policy's."""
    value = history.traits.get("timezone")
    known = isinstance(value, str) and value in _names()
    return _zone(value if known else policy.document["time_zone"])


@cache
def _names() -> set[str]:
    return available_timezones()


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def birthdays(history: History, policy: Policy, years: range) -> Iterator[Instant]:
    """When the birthday begins in each of these years; nothing if there is none."""
    born = _date(history.traits.get("birthday"))
    if born is None:
        return
    zone = zone_of(history, policy)
    for year in years:
        day = _in_year(born, year)
        yield instant_of(datetime.combine(day, time(0), zone))


def is_birthday(history: History, policy: Policy, at: Instant) -> bool:
    """True if a birthday begins right now. It may be another year than in UTC."""
    year = datetime_of(at).year
    return at in birthdays(history, policy, range(year - 1, year + 2))


def _in_year(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _date(value: Any) -> date | None:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def not_before(history: History, policy: Policy, at: Instant) -> datetime | None:
    """The end of the quiet hours that this instant falls into; None if it falls into none."""
    begin, end = policy.quiet
    zone = zone_of(history, policy)
    here = datetime_of(at).astimezone(zone)
    clock = here.time()
    over_night = begin > end
    if begin <= clock < end or (over_night and clock < end):
        day = here.date()
    elif over_night and clock >= begin:
        day = here.date() + timedelta(days=1)
    else:
        return None
    return datetime.combine(day, end, zone).astimezone(UTC)
