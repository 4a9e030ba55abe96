"""The two years before: what a known customer has done, made of the customer's number alone.

All ids of a customer contain the number with seven digits.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from benchmarks.loads.mix.acts import Act, Order, an_order, content_of
from benchmarks.loads.mix.message import EventTimes, customer_id, message
from benchmarks.loads.mix.products import Zipf
from benchmarks.loads.records import Record
from schemas.messages import catalogue
from topology.domain.history.instant import DAY, Instant, from_datetime

LIVE_BEGINS: Final = from_datetime(datetime(2025, 11, 28, tzinfo=UTC))
"""Black Friday. It is fixed, so that the rows of a history can be kept."""
YEARS: Final = 730 * DAY
MEAN_EVENTS: Final = 10
"""Of a customer's history."""
MOST_EVENTS: Final = 200
_SEED: Final = 1_000_003
_MILLISECOND: Final = 1_000

_SHARES: Final = {
    catalogue.ORDER_COMPLETED.name: 0.50,
    catalogue.PRODUCT_VIEWED.name: 0.27,
    catalogue.PRODUCT_ADDED.name: 0.08,
    catalogue.CHECKOUT_STARTED.name: 0.06,
    catalogue.PRODUCT_REVIEWED.name: 0.04,
    catalogue.TICKET_OPENED.name: 0.02,
    catalogue.SURVEY_ANSWERED.name: 0.01,
    catalogue.SOCIAL_CONTENT_ENGAGED.name: 0.02,
}
"""After the first event. There are fewer looks for each order than on a day of the live stream: a
row forgets the older ones anyway."""
_REGISTERED_FIRST: Final = 0.25
"""The share of customers who said who they were before they ordered."""
_RECENT: Final = 1 / 3
"""Customers do more and more: a quarter of it happens in the last tenth of their time."""
_TAKEN_BACK: Final = 0.04
"""The share of orders that were refunded, within four weeks."""
_LEFT_OF_BUSY: Final = 0.05
_LEFT_OF_OTHERS: Final = 0.5
"""The shares of customers who did nothing any more from some time on: of those whose events are
more than the mean, and of the others."""


_SHARED_BY: Final = ((10_000, 100), (1_000, 10))
"""From which number on a life is shared by how many. The busiest have one of their own."""


def life_of(number: int) -> int:
    """The number of the customer whose life this one has: the same events, under other ids.

    To live a million lives would take most of an hour. Customers who share one are neighbours, so
    they are equally busy.
    """
    together = next((many for first, many in _SHARED_BY if number >= first), 1)
    return number // together * together


@dataclass(frozen=True, slots=True)
class Past:
    """Something that happened, and when."""

    at: Instant
    act: Act


_TEXTS: Final = frozenset({"review_body", "comment", "topic"})
_READ: Final = frozenset(
    name for kind in catalogue.EVENT_TYPES for name in catalogue.fields_of_properties(kind)
).difference(_TEXTS)
"""The properties that may change a row."""


def history(number: int, customers: int) -> list[Past]:
    """What a customer did, in time order. Who is busy in the live stream was busy before, too."""
    return _history(number, customers, _chance(number))


def history_records(number: int, customers: int) -> Iterator[Record]:
    """The records of a customer.

    Their messages have only the properties that the product reads, to be made and read sooner.
    """
    chance = _chance(number)
    for past in _history(number, customers, chance):
        content, _ = content_of(past.act, chance)
        if past.act.name != catalogue.IDENTIFY:
            content = {name: value for name, value in content.items() if name in _READ}
        times, customer = EventTimes(past.at, past.at + _MILLISECOND), customer_id(number)
        value = message(past.act.name, customer, times, content, {}, chance)
        yield Record(times.received, customer.encode(), value)


@lru_cache(maxsize=10_000)  # The busiest are asked for again and again.
def untouched_orders(number: int, customers: int) -> tuple[Order, ...]:
    """A customer's orders that nobody has taken back, the latest last."""
    acts = [past.act for past in history(number, customers)]
    refund = catalogue.ORDER_REFUNDED.name
    taken = {each.order.order_id for each in acts if each.name == refund and each.order}
    orders = (each.order for each in acts if each.name == catalogue.ORDER_COMPLETED.name)
    return tuple(order for order in orders if order and order.order_id not in taken)


def _chance(number: int) -> random.Random:
    return random.Random(life_of(number) * _SEED)


def _history(number: int, customers: int, chance: random.Random) -> list[Past]:
    times_the_mean = Zipf(customers).times_the_mean(life_of(number))
    begin = LIVE_BEGINS - YEARS + int(chance.random() * 0.97 * YEARS)
    end = LIVE_BEGINS - DAY
    if chance.random() < (_LEFT_OF_BUSY if times_the_mean > 1 else _LEFT_OF_OTHERS):
        end = begin + int((end - begin) * chance.random())
    times = sorted(
        begin + (end - begin) * chance.random() ** _RECENT
        for _ in range(_events(times_the_mean, chance))
    )
    names = chance.choices(tuple(_SHARES), tuple(_SHARES.values()), k=len(times))
    first = (
        catalogue.IDENTIFY
        if chance.random() < _REGISTERED_FIRST
        else catalogue.ORDER_COMPLETED.name
    )
    found = list[Past]()
    for place, (name, at) in enumerate(zip((first, *names), (begin, *times), strict=True)):
        found += _happens(name, _in_milliseconds(at), (number, place), chance)
    return sorted(found, key=lambda past: past.at)


def _events(times_the_mean: float, chance: random.Random) -> int:
    """How many follow the first: a geometric number about the mean of such a customer."""
    mean = (MEAN_EVENTS - 1) * times_the_mean
    return min(int(chance.expovariate(1 / mean) + 0.5), MOST_EVENTS)


def _happens(name: str, at: Instant, who: tuple[int, int], chance: random.Random) -> Iterator[Past]:
    number, place = who
    if name != catalogue.ORDER_COMPLETED.name:
        yield Past(at, Act(name, number, ticket=f"t-{number:07d}-{place}"))
        return
    order = an_order(f"b-{number:07d}-{place}", number, chance)
    yield Past(at, Act(name, number, order))
    if chance.random() < _TAKEN_BACK:
        later = _in_milliseconds(at + DAY + chance.random() * 27 * DAY)
        if later < LIVE_BEGINS:
            yield Past(later, Act(catalogue.ORDER_REFUNDED.name, number, order))


def _in_milliseconds(at: float) -> Instant:
    return int(at) // _MILLISECOND * _MILLISECOND
