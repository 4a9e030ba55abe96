"""How fast a replay goes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol


class Turns(Protocol):
    """Says when it is a message's turn."""

    async def wait_for_turn(self, sent: int) -> None:
        """Wait until the message after `sent` others may go."""


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `per_second` messages a second, or as fast as possible if that is None."""

    per_second: float | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    started: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "started", self.clock())

    async def wait_for_turn(self, sent: int) -> None:
        """Wait until the message after `sent` others is due."""
        if self.per_second is None:
            return
        early = self.started + sent / self.per_second - self.clock()
        if early > 0:
            await self.sleep(early)
