"""The stream of one customer: one reader for all who watch them, and what one of these gets."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

from schemas.customer import Customer
from services.api.long_poll import READ_ANYWAY_S
from services.api.streams.customer_news import CustomerPlace, read_news
from services.api.streams.event_stream import (
    AWAY,
    NOBODY,
    STOPPING,
    TOPIC_DELETED,
    closing,
    event,
    opening,
)
from services.api.streams.listeners import AGAIN_AFTER_S, Audience, Listener, live
from services.platform.http.opaque_text import OpaqueError
from services.platform.policies.current_book import Books
from services.platform.tasks import end
from services.read_model.arrivals import Arrivals
from services.read_model.connection import NotBuiltError, ReadModelError
from services.read_model.cursor import TOPIC_GONE, log_ends
from services.read_model.customers import UnknownCustomer
from services.read_model.reader import ReadModel
from topology.domain.policy.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A customer, and the place from which on a listener gets the news."""

    customer: Customer
    place: CustomerPlace

    def frame(self) -> bytes:
        """The customer as an event."""
        data = self.customer.model_dump_json(by_alias=True).encode()
        return event("customer", self.place.to_text(), data)


class CustomerFeed:
    """One reader of the news of the customer with a name."""

    def __init__(self, model: ReadModel, books: Books, arrivals: Arrivals, name: str) -> None:
        self._model = model
        self._books = books
        self._arrivals = arrivals
        self._name = name
        self._names: frozenset[str] = frozenset()
        self._changed = asyncio.Event()
        self._reading = asyncio.Lock()
        self._latest: Snapshot | None = None
        self.audience = Audience()

    async def read(self) -> Snapshot:
        """Read the news, send them to all who listen, and return the customer as it is now."""
        async with self._reading:
            before = self._latest
            self._watch({self._name})
            self._changed.clear()
            ends = CustomerPlace(*await log_ends(self._model))
            place = ends if before is None else before.place
            if not place.is_of_the_topics_of(ends):
                raise OpaqueError(TOPIC_GONE)
            news = await read_news(self._model, self._books(), self._name, place)
            self._latest = now = Snapshot(news.customer, news.place)
            if self._watch(news.customer.names):
                self._changed.set()  # Nobody was notified of a change under those names meanwhile.
            if before is not None:
                changed = _without_time(before.customer) != _without_time(now.customer)
                self._notify(news.events + (now.frame() if changed else b""))
            return now

    def _watch(self, names: Iterable[str]) -> bool:
        new = set(names) - self._names
        self._arrivals.watch(self._changed, new)
        self._names |= new
        return bool(new)

    def _notify(self, events: bytes) -> None:
        if events:
            for listener in self.audience:
                listener.put(events)

    async def run(self) -> None:
        """Read whenever something changes, until the server ends."""
        try:
            while not self._arrivals.closed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(READ_ANYWAY_S):
                        await self._changed.wait()
                await self._read_if_possible()
            self.audience.close(STOPPING)
        except OpaqueError:
            self.audience.close(TOPIC_DELETED)
        except UnknownCustomer:
            self.audience.close(NOBODY)
        finally:
            self.audience.close(AWAY)
            self._arrivals.unwatch(self._changed, self._names)

    async def _read_if_possible(self) -> None:
        try:
            await self.read()
        except ReadModelError as error:
            structlog.get_logger().debug("customer_away", reason=type(error).__name__)
            await asyncio.sleep(AGAIN_AFTER_S)


def _without_time(customer: Customer) -> Customer:
    return customer.model_copy(update={"as_of": None})


@dataclass(slots=True)
class _Running:
    """A feed that runs, and how many hold on to it."""

    feed: CustomerFeed
    task: asyncio.Task[None]
    holders: int = 0


class CustomerFeeds:
    """A feed for each name that was asked for, as long as somebody listens."""

    def __init__(self, model: ReadModel, books: Books, arrivals: Arrivals) -> None:
        self._model = model
        self._books = books
        self._arrivals = arrivals
        self._running: dict[str, _Running] = {}

    @asynccontextmanager
    async def joined(self, name: str) -> AsyncIterator[tuple[Snapshot, Listener]]:
        """Listen: the customer as it is now, and a listener that gets all news from there on.

        Raises:
            ReadModelError: there is nothing to listen to.
            UnknownCustomer: nobody is known by this name.
        """
        async with self._held(name) as feed:
            try:
                snapshot = await feed.read()
            except OpaqueError:
                raise NotBuiltError from None
            listener = feed.audience.admit()
            try:
                yield snapshot, listener
            finally:
                feed.audience.dismiss(listener)

    @asynccontextmanager
    async def _held(self, name: str) -> AsyncIterator[CustomerFeed]:
        running = self._running.get(name)
        if running is None or running.task.done():
            feed = CustomerFeed(self._model, self._books, self._arrivals, name)
            running = _Running(feed, asyncio.create_task(feed.run()))
            self._running[name] = running
        running.holders += 1
        try:
            yield running.feed
        finally:
            running.holders -= 1
            if not running.holders:
                await self._end(name, running)

    async def _end(self, name: str, running: _Running) -> None:
        if self._running.get(name) is running:
            del self._running[name]
        await end([running.task])
        if not running.task.cancelled():
            running.task.result()


@dataclass(frozen=True, slots=True)
class CustomerStream:
    """The frames of one listener: the missed news, the customer as it is now, then new ones."""

    model: ReadModel
    book: Rulebook
    feeds: CustomerFeeds
    name: str

    async def frames(self, place: CustomerPlace | None) -> AsyncGenerator[bytes]:
        """Return the frames from `place` on, or from now on.

        An error before the first of them is raised, as `CustomerFeeds.joined` says.
        """
        async with self.feeds.joined(self.name) as (now, listener):
            yield opening((place or now.place).to_text())
            try:
                if place is not None:
                    news = await read_news(self.model, self.book, self.name, place, until=now.place)
                    yield news.events
                yield now.frame()
                async for each in live(listener):
                    yield each
            except ReadModelError:
                yield closing(AWAY)
