"""Follows one customer for all who watch that one: read once, however many they are."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from schemas.customer import Customer
from services.api.long_poll import LOOK_ANYWAY_S
from services.api.streams import frames
from services.api.streams.audience import Audience
from services.api.streams.customer_news import look_for_news
from services.api.streams.customer_place import CustomerPlace
from services.platform.http.opaque_text import OpaqueError
from services.read_model.arrivals import Arrivals
from services.read_model.connection import ReadModelError
from services.read_model.cursor import TOPIC_GONE, log_ends
from services.read_model.customers import UnknownCustomer
from services.read_model.reader import ReadModel
from topology.domain.policy.rulebook import Rulebook

AGAIN_AFTER_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A customer, and the place from which on a listener gets what is new."""

    customer: Customer
    place: CustomerPlace

    def frame(self) -> bytes:
        """The customer as an event."""
        data = self.customer.model_dump_json(by_alias=True)
        return frames.event("customer", self.place.to_text(), data)


class CustomerFeed:
    """One reader of what happens to whoever has a name."""

    def __init__(self, model: ReadModel, book: Rulebook, arrivals: Arrivals, name: str) -> None:
        self._model = model
        self._book = book
        self._arrivals = arrivals
        self._name = name
        self._names: frozenset[str] = frozenset()
        self._bell = asyncio.Event()
        self._looking = asyncio.Lock()
        self._latest: Snapshot | None = None
        self.audience = Audience()

    async def look(self) -> Snapshot:
        """Look for what is new, tell all who listen, and return how things are now."""
        async with self._looking:
            before = self._latest
            self._watch({self._name})
            self._bell.clear()
            ends = CustomerPlace(*await log_ends(self._model))
            place = ends if before is None else before.place
            if not place.is_of_the_topics_of(ends):
                raise OpaqueError(TOPIC_GONE)
            news = await look_for_news(self._model, self._book, self._name, place)
            self._latest = now = Snapshot(news.customer, news.place)
            if self._watch(news.customer.names):
                self._bell.set()  # What changed under those names meanwhile did not ring.
            if before is not None:
                changed = _without_time(before.customer) != _without_time(now.customer)
                self._tell(news.events + (now.frame() if changed else b""))
            return now

    def _watch(self, names: Iterable[str]) -> bool:
        new = set(names) - self._names
        self._arrivals.watch(self._bell, new)
        self._names |= new
        return bool(new)

    def _tell(self, events: bytes) -> None:
        if events:
            for listener in self.audience:
                listener.put(events)

    async def run(self) -> None:
        """Look whenever something changes, until the server ends."""
        try:
            while not self._arrivals.closed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_ANYWAY_S):
                        await self._bell.wait()
                await self._look_if_possible()
            self.audience.close(frames.STOPPING)
        except OpaqueError:
            self.audience.close(frames.TOPIC_GONE)
        except UnknownCustomer:
            self.audience.close(frames.NOBODY)
        finally:
            self.audience.close(frames.AWAY)
            self._arrivals.unwatch(self._bell, self._names)

    async def _look_if_possible(self) -> None:
        try:
            await self.look()
        except ReadModelError as error:
            structlog.get_logger().debug("customer_away", reason=type(error).__name__)
            await asyncio.sleep(AGAIN_AFTER_S)


def _without_time(customer: Customer) -> Customer:
    return customer.model_copy(update={"as_of": None})
