"""Wakes those who wait for something new: one subscription in Redis for the whole process."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.read_model.keys import Keys
from services.read_model.packing import unpack_ids

AGAIN_AFTER_S: Final = 0.2


class Arrivals:
    """Tells of new triggers, and of changes of customers who are watched.

    Take `next` first, look then, and wait for it if there was nothing. Who watches customers has
    a bell of their own: clear it first, and look then.
    """

    def __init__(self) -> None:
        self._next = asyncio.Event()
        self._watched: dict[bytes, set[asyncio.Event]] = {}
        self.closed = False

    def next(self) -> asyncio.Event:
        """Return what is set when triggers arrive from now on, or when nobody should wait more."""
        return self._next

    def watch(self, bell: asyncio.Event, customers: Iterable[str]) -> None:
        """Set `bell` whenever something of these customers changes, or nobody should wait more."""
        for customer in customers:
            self._watched.setdefault(customer.encode(), set()).add(bell)

    def forget(self, bell: asyncio.Event, customers: Iterable[str]) -> None:
        """Set `bell` for these customers no more."""
        for customer in customers:
            bells = self._watched.get(customer.encode(), set())
            bells.discard(bell)
            if not bells:
                self._watched.pop(customer.encode(), None)

    def close(self) -> None:
        """Let nobody wait any more: the server ends."""
        self.closed = True
        self._wake_all()

    def _wake_all(self) -> None:
        self._notify()
        self._ring(self._watched)

    def _notify(self) -> None:
        arrived, self._next = self._next, asyncio.Event()
        arrived.set()
        if self.closed:
            self._next.set()

    def _ring(self, customers: Iterable[bytes]) -> None:
        for customer in customers:
            for bell in self._watched.get(customer, ()):
                bell.set()

    async def listen(self, redis: Redis, keys: Keys) -> None:
        """Listen until cancelled. Redis away: whoever waits looks for themselves, and is told."""
        while True:
            try:
                async with redis.pubsub() as subscription:
                    await subscription.subscribe(keys.trigger_channel, keys.change_channel)
                    async for message in subscription.listen():
                        self._hear(message, keys)
            except (RedisError, OSError) as error:
                structlog.get_logger().debug("subscription_lost", reason=str(error))
            self._wake_all()
            await asyncio.sleep(AGAIN_AFTER_S)

    def _hear(self, message: dict[str, Any], keys: Keys) -> None:
        if message["type"] != "message":
            self._wake_all()
        elif message["channel"] == keys.change_channel.encode():
            if self._watched:
                self._ring(unpack_ids(message["data"]))
        else:
            self._notify()
