"""The live stream: a busy day, on which there is one event for each known customer."""

import random
from collections import deque
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from benchmarks.loads.mix.acts import Act, Order, an_order, content_of
from benchmarks.loads.mix.history import LIVE_BEGINS, untouched_orders
from benchmarks.loads.mix.message import EventTimes, customer_id, message
from benchmarks.loads.mix.products import Zipf
from benchmarks.loads.records import Record
from schemas.messages import catalogue
from topology.domain.history.instant import DAY

SHARES: Final = {
    catalogue.PRODUCT_VIEWED.name: 0.70,
    catalogue.PRODUCT_ADDED.name: 0.12,
    catalogue.CHECKOUT_STARTED.name: 0.06,
    catalogue.ORDER_COMPLETED.name: 0.06,
    catalogue.ORDER_REFUNDED.name: 0.014,
    catalogue.ORDER_CANCELLED.name: 0.006,
    catalogue.PRODUCT_REVIEWED.name: 0.009,
    catalogue.TICKET_OPENED.name: 0.004,
    catalogue.TICKET_RESOLVED.name: 0.003,
    catalogue.SURVEY_ANSWERED.name: 0.002,
    catalogue.COMPLAINT_FILED.name: 0.001,
    catalogue.COMPLAINT_RESOLVED.name: 0.001,
    catalogue.SOCIAL_FOLLOWED.name: 0.002,
    catalogue.SOCIAL_MENTIONED.name: 0.004,
    catalogue.SOCIAL_CONTENT_ENGAGED.name: 0.004,
    catalogue.IDENTIFY: 0.01,
}
"""How often each event happens, of all. Everything goes to the topic of the shop: a worker reads a
backlog of several topics in no order, and this is a live stream."""

TAKE_BACK: Final = frozenset({catalogue.ORDER_REFUNDED.name, catalogue.ORDER_CANCELLED.name})
_OPEN_A_TICKET: Final = frozenset({catalogue.TICKET_OPENED.name, catalogue.COMPLAINT_FILED.name})
_CLOSE_A_TICKET: Final = frozenset(
    {catalogue.TICKET_RESOLVED.name, catalogue.COMPLAINT_RESOLVED.name}
)

_LATE: Final = 0.02
"""The share of messages that come later than others which were sent after them."""
MOST_LATE: Final = 30_000_000
_USUAL_DELAY: Final = 400_000
_MILLISECOND: Final = 1_000
_OPEN_TICKETS: Final = 1_000


def live_records(events: int, customers: int, seed: int = 1) -> Iterator[Record]:
    """The records of the first events of the day, in the order in which they arrive."""
    chance, acts = random.Random(seed), _Acts(customers, random.Random(seed + 1))
    names, sums = tuple(SHARES), tuple(accumulate(SHARES.values()))
    for number in range(events):
        received = LIVE_BEGINS + (number + 1) * DAY // customers // _MILLISECOND * _MILLISECOND
        (name,) = chance.choices(names, cum_weights=sums)
        longest = MOST_LATE if chance.random() < _LATE else _USUAL_DELAY
        delay = int(chance.random() * longest) // _MILLISECOND * _MILLISECOND
        times = EventTimes(max(LIVE_BEGINS, received - delay), received)
        yield _record(acts.next(name), times, chance)


def _record(act: Act, times: EventTimes, chance: random.Random) -> Record:
    customer = customer_id(act.customer)
    content, context = content_of(act, chance)
    value = message(act.name, customer, times, content, context, chance)
    return Record(times.received, customer.encode(), value)


class _Acts:
    """Decides who does what: about which order, and about which ticket."""

    def __init__(self, customers: int, chance: random.Random) -> None:
        self._customers = customers
        self._zipf = Zipf(customers)
        self._chance = chance
        self._orders = 0
        self._today: dict[int, list[Order]] = {}
        self._taken_back: set[str] = set()
        self._tickets: deque[tuple[int, str]] = deque(maxlen=_OPEN_TICKETS)
        self._numbered = 0

    def next(self, name: str) -> Act:
        """Somebody does this."""
        if name in TAKE_BACK:
            order = self._an_order_to_take_back()
            return Act(name, order.customer, order)
        if name in _CLOSE_A_TICKET and self._tickets:
            customer, ticket = self._tickets.popleft()
            return Act(name, customer, ticket=ticket)
        customer = self._zipf.draw(self._chance)
        if name == catalogue.ORDER_COMPLETED.name:
            self._orders += 1
            order = an_order(f"b-heute-{self._orders}", customer, self._chance)
            self._today.setdefault(customer, []).append(order)
            return Act(name, customer, order)
        self._numbered += 1
        ticket = f"t-heute-{self._numbered}"
        if name in _OPEN_A_TICKET:
            self._tickets.append((customer, ticket))
        return Act(name, customer, ticket=ticket)

    def _an_order_to_take_back(self) -> Order:
        """The latest order of somebody that was not taken back yet."""
        while True:
            customer = self._zipf.draw(self._chance)
            orders: list[Order] = [
                *untouched_orders(customer, self._customers),
                *self._today.get(customer, ()),
            ]
            for order in reversed(orders):
                if order.order_id not in self._taken_back:
                    self._taken_back.add(order.order_id)
                    return order
