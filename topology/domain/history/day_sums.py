"""Day sums: folded orders by the UTC day on which they were made, packed, from the oldest on."""

from bisect import bisect_left
from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from topology.domain.history.instant import DAY, Instant
from topology.domain.history.money import LARGEST_SUM, add_up

_FORM: Final = Struct(">iIq")
"""Days since 1970, how many orders, and what is left of them in minor units."""
_ENTRY: Final = _FORM.size
_DAY: Final = 4
"""Bytes of the day."""


class DaySum(NamedTuple):
    """Orders of one UTC day. Revenue is in minor units."""

    day: int
    """Days since 1970."""
    orders: int
    revenue: int

    @property
    def began_at(self) -> Instant:
        """When the day began: each of its orders counts as made then."""
        return self.day * DAY


def day_of(at: Instant) -> int:
    """The UTC day of an instant, in days since 1970."""
    return at // DAY


def add_to_day(days: bytes, more: DaySum) -> bytes:
    """Return the sums with more orders of one day."""
    place = _place_of(days, more.day)
    known, rest = days[place : place + _ENTRY], days[place:]
    if known and _day_at(days, place) == more.day:
        _, orders, revenue = _FORM.unpack(known)
        more = DaySum(more.day, orders + more.orders, add_up(revenue, more.revenue))
        rest = days[place + _ENTRY :]
    return days[:place] + _FORM.pack(*more) + rest


def days_after(days: bytes, since: Instant) -> bytes:
    """Return the sums of the days that began after an instant."""
    first = day_of(since) + 1
    if not days or _day_at(days, 0) >= first:
        return days
    return days[_place_of(days, first) :]


def merge_days(one: bytes, other: bytes) -> bytes:
    """Return the sums of both."""
    for each in read_days(other):
        one = add_to_day(one, each)
    return one


def read_days(days: bytes) -> Iterator[DaySum]:
    """The sums, from the oldest day on."""
    return map(DaySum._make, _FORM.iter_unpack(days))


def sum_after(days: bytes, since: Instant) -> DaySum | None:
    """All sums of the days that began after an instant as one of the first of them, or None."""
    left = days_after(days, since)
    if not left:
        return None
    orders = revenue = 0
    for _, some, of_these in _FORM.iter_unpack(left):
        orders += some
        revenue += of_these
    return DaySum(_day_at(left, 0), orders, min(revenue, LARGEST_SUM))


def _place_of(days: bytes, day: int) -> int:
    """Where the entry of a day begins, or would begin."""
    many = len(days) // _ENTRY
    if not many or _day_at(days, len(days) - _ENTRY) < day:
        return len(days)
    return _ENTRY * bisect_left(range(many), day, key=lambda each: _day_at(days, each * _ENTRY))


def _day_at(days: bytes, place: int) -> int:
    return int.from_bytes(days[place : place + _DAY], "big", signed=True)
