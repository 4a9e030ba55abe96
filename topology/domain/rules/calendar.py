"""Quiet hours and birthdays: what goes by the customer's own clock and calendar."""

from calendar import isleap
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.messages.traits import day_of
from schemas.policy.limits import QuietHours
from topology.domain.history.instant import Instant, from_datetime, to_datetime

_LEAP_DAY: Final = (2, 29)


class QuietTime(NamedTuple):
    """The quiet hours, and the shop's time zone."""

    hours: QuietHours | None
    zone: str


def not_before(at: Instant, time_zone: object, quiet: QuietTime) -> datetime | None:
    """Return the end of the quiet hours that an instant falls into, or None.

    Args:
        at: the instant.
        time_zone: the customer's; if there is no such zone, the shop's counts.
        quiet: when it is quiet.
    """
    hours = quiet.hours
    if hours is None:
        return None
    zone = zone_of(time_zone, quiet.zone)
    here = _local(at, zone)
    if here is None:
        return None
    time = here.time()
    over_midnight = hours.end < hours.start
    if over_midnight:
        if hours.end <= time < hours.start:
            return None
    elif not hours.start <= time < hours.end:
        return None
    tomorrow = over_midnight and time >= hours.start
    try:
        day = here.date() + timedelta(days=1) if tomorrow else here.date()
        end = datetime.combine(day, hours.end, zone)
        if here.fold:  # The hour that is there twice in autumn ends twice.
            end = end.replace(fold=1)
        return end.astimezone(UTC)
    except OverflowError:  # The calendar ends before these hours do.
        return None


def _local(at: Instant, zone: ZoneInfo) -> datetime | None:
    """An instant as people there call it, or None if the calendar does not go so far."""
    try:
        return to_datetime(at).astimezone(zone)
    except OverflowError:
        return None


@lru_cache(maxsize=1024)
def zone_of(name: object, otherwise: str) -> ZoneInfo:
    """The time zone of this name, or the other one if there is none."""
    if isinstance(name, str):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    return ZoneInfo(otherwise)


def next_birthday(birthday: object, since: Instant, zone: ZoneInfo) -> Instant | None:
    """Return the first beginning of a birthday at or after an instant, or None if it is no date.

    Who was born on 29 February has their birthday on the 28th in other years.
    """
    born = day_of(birthday) if isinstance(birthday, str) else None
    if born is None:
        return None
    here = _local(since, zone)
    year = MINYEAR if here is None else here.year
    for each in range(year, min(year + 1, MAXYEAR) + 1):
        begins = from_datetime(_birthday(born, each, zone))
        if begins >= since:
            return begins
    return None


def _birthday(born: date, year: int, zone: ZoneInfo) -> datetime:
    leap_day = (born.month, born.day) == _LEAP_DAY and not isleap(year)
    return datetime(year, born.month, born.day - leap_day, tzinfo=zone)
