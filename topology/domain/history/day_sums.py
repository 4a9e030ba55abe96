"""Day sums: orders that are no longer kept whole, added up by UTC day, packed, from the oldest on.

A folded order counts as made when its UTC day began. It can't be refunded any more.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from struct import Struct
from typing import Final, NamedTuple

from topology.domain.history.instant import DAY, Instant
from topology.domain.history.ledger import Order
from topology.domain.history.money import LARGEST_SUM, add_up
from topology.domain.history.record import replace
from topology.domain.history.state import Past

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


def fold_in(past: Past | None, orders: Iterable[Order], since: Instant) -> Past | None:
    """Return the sums with more orders, as far as these count. None as long as none did.

    Days that began at `since` or before are out of the window: they have no sums of their own.
    """
    for order in orders:
        if order.counts:
            past = _with_order(past, order)
    return past if past is None else _without_days_until(since, past)


def merge_past(one: Past | None, other: Past | None) -> Past | None:
    """Return the sums of both."""
    if one is None or other is None:
        return one or other
    return Past(
        orders=one.orders + other.orders,
        revenue=add_up(one.revenue, other.revenue),
        first_at=min(one.first_at, other.first_at),
        last_at=max(one.last_at, other.last_at),
        days=merge_days(one.days, other.days),
        over=_merge_over(one.over, other.over),
    )


def _with_order(past: Past | None, order: Order) -> Past:
    added, over = DaySum(day_of(order.at), 1, order.net), ((order.channel, 1),)
    if past is None:
        days = add_to_day(b"", added)
        return Past(
            orders=1,
            revenue=order.net,
            first_at=order.at,
            last_at=added.began_at,
            days=days,
            over=over,
        )
    return Past(
        orders=past.orders + 1,
        revenue=add_up(past.revenue, order.net),
        first_at=min(past.first_at, order.at),
        last_at=max(past.last_at, added.began_at),
        days=add_to_day(past.days, added),
        over=_merge_over(past.over, over),
    )


def _without_days_until(since: Instant, past: Past) -> Past:
    days = days_after(past.days, since)
    if days is past.days:
        return past
    return replace(past, days=days)


def _merge_over(
    one: tuple[tuple[int, int], ...], other: tuple[tuple[int, int], ...]
) -> tuple[tuple[int, int], ...]:
    counts = dict(one)
    for channel, many in other:
        counts[channel] = counts.get(channel, 0) + many
    return tuple(sorted(counts.items()))
