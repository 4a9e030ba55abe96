"""The clock of delivery. Tests replace it."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Gives the time, and waits."""

    def now(self) -> datetime:
        """Return the time in UTC."""

    async def wait(self, event: asyncio.Event, until: datetime | None) -> None:
        """Wait until the event is set or the time has come. None: wait for the event alone."""


class WallClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)

    async def wait(self, event: asyncio.Event, until: datetime | None) -> None:
        """Wait until the event is set or the time has come."""
        seconds = None if until is None else max(0.0, (until - self.now()).total_seconds())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
