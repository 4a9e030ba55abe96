"""The listeners of one feed, and how long it waits for the slow among them."""

import asyncio
import time
from collections.abc import Iterator
from typing import Final

from services.api.streams.listener import Listener

MOST_TIMEOUT_S: Final = 5.0
"""How long a feed waits while most listeners have no room: it is the machine that is slow then."""
FEW_TIMEOUT_S: Final = 1.0
"""How long it waits then for those who still have none."""


class Audience:
    """The listeners of one feed."""

    def __init__(
        self, most_timeout_s: float = MOST_TIMEOUT_S, few_timeout_s: float = FEW_TIMEOUT_S
    ) -> None:
        self._listeners: set[Listener] = set()
        self._taken = asyncio.Event()
        self._most_timeout_s = most_timeout_s
        self._few_timeout_s = few_timeout_s

    def __len__(self) -> int:
        return len(self._listeners)

    def __iter__(self) -> Iterator[Listener]:
        return iter(tuple(self._listeners))

    def admit(self) -> Listener:
        """Return a new listener."""
        listener = Listener(self._taken.set)
        self._listeners.add(listener)
        return listener

    def dismiss(self, listener: Listener) -> None:
        """Send a listener nothing more."""
        self._listeners.discard(listener)
        self._taken.set()

    def close(self, why: str) -> None:
        """Let all go, with the reason."""
        for listener in self:
            listener.close(why)

    async def make_room(self) -> None:
        """Wait until all have room for more, but not for ever: who then has none is cut off.

        So a burst reaches everybody at the pace of most, and no single one holds up the others.
        """
        await self._wait(self._most_timeout_s, most=len(self) // 2)
        await self._wait(self._few_timeout_s, most=0)

    async def _wait(self, seconds: float, *, most: int) -> None:
        """Wait until at most so many are full."""
        until = time.monotonic() + seconds
        while len(self._full()) > most and (left := until - time.monotonic()) > 0:
            self._taken.clear()
            try:
                async with asyncio.timeout(left):
                    await self._taken.wait()
            except TimeoutError:
                return

    def _full(self) -> list[Listener]:
        return [each for each in self._listeners if each.full and each.closed is None]
