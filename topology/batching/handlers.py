"""Handlers: which handler is in force at which instant of a partition's clock.

A partition changes its handler between two transactions, when its clock is exactly at the instant
from which the other one is in force, or at the next instant after it learned of it. Decision 41
explains why all partitions, also restored ones, change at the same instant.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple, Protocol

from faust.types import TP

from topology.batching.errors import BatchingError
from topology.batching.handler import BatchHandler

_POLL_S: Final = 0.05


class HandlerInForce(NamedTuple):
    """A handler, what it is called, and the instant from which it is in force (0: always)."""

    handler: BatchHandler
    version: str
    since: int


class Handlers(Protocol):
    """All handlers. They may become known, or be rejected, while partitions are at work."""

    @property
    def decided_in(self) -> TP | None:
        """The topic partition that decides which handlers there are; None: they never change."""
        ...

    @property
    def position(self) -> int:
        """The offset up to which `decided_in` has been read."""
        ...

    def at(self, clock: int) -> HandlerInForce:
        """Return the handler in force at an instant, in microseconds since 1970."""
        ...

    def next_change(self, clock: int) -> int | None:
        """Return the first instant after `clock` from which another handler is in force."""
        ...

    def reject(self, rejected: HandlerInForce, error: BatchingError) -> bool:
        """Leave out a handler that can't continue the rows; False if there is no other one."""
        ...


class OneHandler:
    """The same handler at any instant."""

    def __init__(self, handler: BatchHandler, version: str = "") -> None:
        self._in_force = HandlerInForce(handler, version, 0)

    @property
    def decided_in(self) -> TP | None:
        """Nothing decides."""
        return None

    @property
    def position(self) -> int:
        """There is nothing to read."""
        return 0

    def at(self, clock: int) -> HandlerInForce:
        """Return the one handler."""
        return self._in_force

    def next_change(self, clock: int) -> int | None:
        """Nothing changes."""
        return None

    def reject(self, rejected: HandlerInForce, error: BatchingError) -> bool:
        """There is no other one."""
        return False


async def read_up(
    handlers: Handlers, ends: Callable[[list[TP]], Awaitable[Mapping[TP, int]]]
) -> None:
    """Wait until all is known that had been decided before; `ends` returns last stable offsets.

    Then a partition does not go back behind what its previous owner knew.
    """
    place = handlers.decided_in
    if place is None:
        return
    end = (await ends([place]))[place]
    while handlers.position < end:
        await asyncio.sleep(_POLL_S)
