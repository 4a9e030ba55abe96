"""Wakes those who wait for triggers: one subscription in Redis for the whole process."""

import asyncio
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

AGAIN_AFTER_S: Final = 0.2


class Arrivals:
    """Tells of new triggers. Take `next` first, look then, and wait for it if there was nothing."""

    def __init__(self) -> None:
        self._next = asyncio.Event()
        self.closed = False

    def next(self) -> asyncio.Event:
        """Return what is set when triggers arrive from now on, or when nobody should wait more."""
        return self._next

    def close(self) -> None:
        """Let nobody wait any more: the server ends."""
        self.closed = True
        self._notify()

    def _notify(self) -> None:
        arrived, self._next = self._next, asyncio.Event()
        arrived.set()
        if self.closed:
            self._next.set()

    async def listen(self, redis: Redis, channel: str) -> None:
        """Listen until cancelled. Redis away: whoever waits looks for themselves, and is told."""
        while True:
            try:
                async with redis.pubsub() as subscription:
                    await subscription.subscribe(channel)
                    async for _ in subscription.listen():
                        self._notify()
            except (RedisError, OSError) as error:
                structlog.get_logger().debug("subscription_lost", reason=str(error))
            self._notify()
            await asyncio.sleep(AGAIN_AFTER_S)
