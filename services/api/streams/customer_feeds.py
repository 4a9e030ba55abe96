"""A feed for each customer who is watched, as long as somebody watches."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.api.streams.customer_feed import CustomerFeed, Snapshot
from services.api.streams.listener import Listener
from services.platform.http.opaque_text import OpaqueError
from services.platform.tasks import end
from services.read_model.arrivals import Arrivals
from services.read_model.connection import NotBuiltError
from services.read_model.reader import ReadModel
from topology.domain.policy.rulebook import Rulebook


@dataclass(slots=True)
class _Running:
    """A feed that runs, and how many hold on to it."""

    feed: CustomerFeed
    task: asyncio.Task[None]
    holders: int = 0


class CustomerFeeds:
    """The feeds of all customers who are watched, by the names that were asked for."""

    def __init__(self, model: ReadModel, book: Rulebook, arrivals: Arrivals) -> None:
        self._model = model
        self._book = book
        self._arrivals = arrivals
        self._running: dict[str, _Running] = {}

    @asynccontextmanager
    async def joined(self, name: str) -> AsyncIterator[tuple[Snapshot, Listener]]:
        """Listen: how things are now, and everything from there on comes to the listener.

        Raises:
            ReadModelError: there is nothing to listen to.
            UnknownCustomer: nobody is known by this name.
        """
        async with self._held(name) as feed:
            try:
                snapshot = await feed.look()
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
            feed = CustomerFeed(self._model, self._book, self._arrivals, name)
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
