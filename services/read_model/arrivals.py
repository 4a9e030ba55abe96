"""News for the requests that wait: one subscription in Redis for the whole process."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import structlog

from services.read_model.connection import ReadModelAwayError, answer_of
from services.read_model.keys import Keys
from services.read_model.reader import ReadModel
from services.read_model.scripts import unpack_ids

AGAIN_AFTER_S: Final = 0.2


class Arrivals:
    """Notifies of new triggers, and of changes of the customers that somebody watches.

    Who waits for triggers takes `next` first, reads then, and waits for it if there was nothing.
    Who watches customers has an event of their own, clears it first, and reads then.
    """

    def __init__(self) -> None:
        self._next = asyncio.Event()
        self._watched: dict[bytes, set[asyncio.Event]] = {}
        self.closed = False

    def next(self) -> asyncio.Event:
        """Return the event that is set when triggers arrive from now on, or the server ends."""
        return self._next

    def watch(self, changed: asyncio.Event, customers: Iterable[str]) -> None:
        """Set `changed` whenever something of these customers changes, or the server ends."""
        for customer in customers:
            self._watched.setdefault(customer.encode(), set()).add(changed)

    def unwatch(self, changed: asyncio.Event, customers: Iterable[str]) -> None:
        """Set `changed` for these customers no more."""
        for customer in customers:
            events = self._watched.get(customer.encode(), set())
            events.discard(changed)
            if not events:
                self._watched.pop(customer.encode(), None)

    def close(self) -> None:
        """Let nobody wait any more: the server ends."""
        self.closed = True
        self._notify_all()

    def _notify_all(self) -> None:
        self._notify_triggers()
        self._notify_changes(self._watched)

    def _notify_triggers(self) -> None:
        arrived, self._next = self._next, asyncio.Event()
        arrived.set()
        if self.closed:
            self._next.set()

    def _notify_changes(self, customers: Iterable[bytes]) -> None:
        for customer in customers:
            for changed in self._watched.get(customer, ()):
                changed.set()

    async def listen(self, model: ReadModel) -> None:
        """Listen until cancelled. While Redis is away, it notifies all at each attempt."""
        while True:
            try:
                await answer_of(self._subscribe(model))
            except ReadModelAwayError as error:
                structlog.get_logger().debug("subscription_lost", reason=str(error))
            self._notify_all()
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _subscribe(self, model: ReadModel) -> None:
        keys = model.keys
        async with model.redis.pubsub() as subscription:
            await subscription.subscribe(keys.trigger_channel, keys.change_channel)
            async for message in subscription.listen():
                self._take(message, keys)

    def _take(self, message: dict[str, Any], keys: Keys) -> None:
        if message["type"] != "message":
            self._notify_all()
        elif message["channel"] == keys.change_channel.encode():
            if self._watched:
                self._notify_changes(unpack_ids(message["data"]))
        else:
            self._notify_triggers()
