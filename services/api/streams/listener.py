"""One listener: what waits to be sent to it, and why it is cut off."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from services.api.streams.frames import TOO_SLOW

MOST_WAITING: Final = 262_144
"""Bytes that may wait for one listener. Those who want the same share them in memory."""


class Listener:
    """A bounded queue of frames. Whoever gets more than there is room for is cut off."""

    def __init__(self, on_taken: Callable[[], None], most: int = MOST_WAITING) -> None:
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._most = most
        self._on_taken = on_taken
        self._rung = asyncio.Event()
        self.closed: str | None = None
        """Why nothing more comes, once that is so."""

    @property
    def full(self) -> bool:
        """True if the next frames would be too much."""
        return self._size >= self._most

    def put(self, frames: bytes) -> None:
        """Let frames wait to be sent; one without room for them is cut off instead."""
        if self.closed is not None:
            return
        if self.full:
            structlog.get_logger().info("listener_too_slow", bytes=self._size)
            self._forget()
            self.close(TOO_SLOW)
            return
        self._waiting.append(frames)
        self._size += len(frames)
        self._rung.set()

    def close(self, why: str) -> None:
        """Say that nothing more comes. What waits is still sent."""
        self.closed = self.closed or why
        self._rung.set()

    async def take(self, within_s: float) -> bytes:
        """Return all that waits, as soon as there is something; nothing when it closed or is over.

        `within_s` is how long to wait for it.
        """
        if not self._waiting and self.closed is None:
            self._rung.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._rung.wait()
        frames = b"".join(self._waiting)
        self._forget()
        return frames

    def _forget(self) -> None:
        self._waiting.clear()
        self._size = 0
        self._on_taken()
