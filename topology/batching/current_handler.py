"""The handler by which one partition processes, and the timers that follow from it."""

import asyncio
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final

from topology.batching.errors import BatchingError
from topology.batching.handler import BatchHandler
from topology.batching.handlers import HandlerInForce, Handlers
from topology.batching.timers import Timers

_ROWS_PER_TURN: Final = 10_000
"""The event loop runs other tasks after this number of rows."""


class CurrentHandler:
    """The handler of one partition, until another one replaces it."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers
        self.in_force: HandlerInForce = handlers.at(0)
        self._begun_at = 0

    @property
    def handler(self) -> BatchHandler:
        """The handler itself."""
        return self.in_force.handler

    def begin(self, at: int) -> None:
        """Begin with the handler that is in force at an instant."""
        self.in_force, self._begun_at = self._handlers.at(at), at

    def is_replaced(self, clock: int) -> bool:
        """True if another handler is in force at the partition's clock. 0: it has not begun."""
        return clock > 0 and self._handlers.at(clock).handler is not self.handler

    def limit(self, clock: int, at: int) -> int:
        """Return how far the clock may go under this handler, at most to `at`."""
        if self.is_replaced(clock):
            return clock
        change = self._handlers.next_change(clock or self._begun_at)
        return at if change is None else min(at, change)

    async def schedule(
        self, rows: Mapping[bytes, bytes], wake_at: Callable[[bytes], int | None], at: int
    ) -> Timers:
        """Return a timer for each row that will be due.

        A handler that can't continue the rows is left out, if another one is in force at the
        instant `at` then.
        """
        while True:
            try:
                return await self._schedule(rows, wake_at)
            except BatchingError as error:
                if not self._handlers.reject(self.in_force, error):
                    raise
                self.begin(at)

    async def _schedule(
        self, rows: Mapping[bytes, bytes], wake_at: Callable[[bytes], int | None]
    ) -> Timers:
        timers, due_at = Timers(wake_at), self.handler.wake_at
        keys, items = iter(rows), iter(rows.items())
        for _ in range(0, len(rows), _ROWS_PER_TURN):
            instants = [due_at(key, value) for key, value in islice(items, _ROWS_PER_TURN)]
            timers.load(zip(instants, islice(keys, _ROWS_PER_TURN), strict=True))
            await asyncio.sleep(0)  # Let other tasks run.
        return timers
