"""Folding: what is left of orders that are no longer kept whole.

A folded order counts as made when its UTC day began. It can't be refunded any more.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from topology.domain.history.day_sums import DaySum, add_to_day, day_of, days_after, merge_days
from topology.domain.history.instant import Instant
from topology.domain.history.ledger import Order
from topology.domain.history.money import add_up
from topology.domain.history.state import Past


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
