"""Listeners: the bounded queue of each, the audience of a feed, and how many may listen at once."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

import structlog
from prometheus_client import Gauge

from schemas.counted import counted
from services.api.streams.event_stream import HEARTBEAT, OVER, TOO_SLOW, closing
from services.platform.http.problems import Problem

MOST_WAITING: Final = 262_144
"""Bytes that may wait for one listener. Listeners who want the same share them in memory."""
HEARTBEAT_S: Final = 15.0
"""After so much silence a comment says that the stream still lives."""
MOST_AGE_S: Final = 3_600.0
"""A stream ends then, so that keys are checked again, and listeners spread over new servers."""
AGAIN_AFTER_S: Final = 1.0
"""After so long a feed reads again, if the read model was away."""
MOST_TIMEOUT_S: Final = 5.0
"""How long a feed waits while most listeners have no room: it is the machine that is slow then."""
FEW_TIMEOUT_S: Final = 1.0
"""How long it waits then for the few who still have none."""


class Listener:
    """A bounded queue of frames. A listener with no room for more is cut off."""

    def __init__(self, on_taken: Callable[[], None], most: int = MOST_WAITING) -> None:
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._most = most
        self._on_taken = on_taken
        self._changed = asyncio.Event()
        self.closed: str | None = None
        """Why nothing more comes, once that is so."""

    @property
    def full(self) -> bool:
        """True if the next frames would be too much."""
        return self._size >= self._most

    def put(self, frames: bytes) -> None:
        """Let frames wait to be sent; without room for them, cut the listener off instead."""
        if self.closed is not None:
            return
        if self.full:
            structlog.get_logger().info("listener_too_slow", bytes=self._size)
            self._clear()
            self.close(TOO_SLOW)
            return
        self._waiting.append(frames)
        self._size += len(frames)
        self._changed.set()

    def close(self, reason: str) -> None:
        """Let nothing more come. The frames that wait are still sent."""
        self.closed = self.closed or reason
        self._changed.set()

    async def take(self, within_s: float) -> bytes:
        """Return all frames that wait, as soon as there are some.

        Return none if the listener is closed, or after `within_s`.
        """
        if not self._waiting and self.closed is None:
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._changed.wait()
        frames = b"".join(self._waiting)
        self._clear()
        return frames

    def _clear(self) -> None:
        self._waiting.clear()
        self._size = 0
        self._on_taken()


async def live(
    listener: Listener, heartbeat_s: float = HEARTBEAT_S, most_age_s: float = MOST_AGE_S
) -> AsyncGenerator[bytes]:
    """Return the frames of a listener, heartbeats while there are none, and why they end."""
    until = time.monotonic() + most_age_s
    while True:
        frames = await listener.take(heartbeat_s)
        if frames:
            yield frames
        elif listener.closed is not None:
            yield closing(listener.closed)
            return
        else:
            yield HEARTBEAT
        if time.monotonic() > until:
            listener.close(OVER)


class Audience:
    """The listeners of one feed, and how long it waits for the slow among them."""

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

    def close(self, reason: str) -> None:
        """Close all listeners, with the reason."""
        for listener in self:
            listener.close(reason)

    async def make_room(self) -> None:
        """Wait until all have room for more, but not for ever: then the full ones are cut off.

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


class TooManyListeners(Problem):
    """No seat is left for one more."""

    status, kind = HTTPStatus.SERVICE_UNAVAILABLE, "too-many-listeners"
    headers = MappingProxyType({"Retry-After": "5"})

    def __init__(self, most: int) -> None:
        super().__init__(
            f"{counted(most, 'listener')} at once is all that this process takes: try again in a "
            "moment, ask GET /v1/triggers instead, or raise STAMMKUNDE_API_LISTENERS.",
        )


class Seats:
    """Counts the listeners of this process, and refuses those who are too many."""

    def __init__(self, most: int, gauge: Gauge) -> None:
        self._free = most
        self._most = most
        self._gauge = gauge

    @contextmanager
    def taken(self, stream: str) -> Iterator[None]:
        """Hold a seat meanwhile; raises TooManyListeners if there is none."""
        if self._free <= 0:
            raise TooManyListeners(self._most)
        self._free -= 1
        try:
            with self._gauge.labels(stream).track_inprogress():
                yield
        finally:
            self._free += 1
