"""Watches the changelog: that something is committed, and how far each partition's clock is."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from typing import Final

from schemas import topics
from tests.chaos.tail import Record, Tail
from topology.batching.clock import CLOCK_KEY, decode_clock
from topology.domain.history.instant import from_datetime, to_datetime

BUSY_WITHIN_S: Final = 2
"""A burst leads to a transaction sooner than that, or there is nothing left to send."""
SLOW_S: Final = 30
"""A session that runs out takes 6 s; a rebalance and a restore on a busy machine some more."""
TIMEOUT_S: Final = 120
"""Longer than that nothing may stand still, whatever has happened."""


class StandstillError(Exception):
    """Nothing has happened for so long that nothing will."""


class Watch:
    """How far the workers are, by what they have committed."""

    def __init__(self, kafka: str, app_id: str, partitions: int, check: Callable[[], None]) -> None:
        """`check` is called again and again while something is waited for."""
        self.longest_wait_s = 0.0
        self.troubles: list[str] = []
        changelog = [topics.changelog(app_id)]
        self._tail = Tail(kafka, changelog, partitions)
        self._written = Tail(kafka, changelog, partitions, committed=False)
        self._clocks = dict.fromkeys(range(partitions), 0)
        self._check = check
        self._closing: asyncio.Task[None] | None = None

    async def progress(self, dry: Callable[[], bool]) -> None:
        """Wait until something is committed that was not there before, or the load is `dry`."""
        self._note(await self._tail.rest())
        await self._wait(lambda more: more > 0 or dry(), "something is committed")

    async def open_transaction(self, dry: Callable[[], bool], stir: Callable[[], None]) -> None:
        """Wait until a transaction is open, once what comes in has been stirred.

        It is open for as long as something has been written that is not committed. Who waits for
        report this at once: the consumers are closed behind their back.
        """
        await self.progress(dry)
        async with AsyncExitStack() as used:
            committed = await used.enter_async_context(self._tail.following())
            written = await used.enter_async_context(self._written.following())
            stir()
            with suppress(TimeoutError):
                async with asyncio.timeout(BUSY_WITHIN_S):
                    while await committed.ends() == await written.ends():
                        await asyncio.sleep(0)
            self._closing = asyncio.create_task(used.pop_all().aclose())

    async def reached(self, instant: datetime) -> None:
        """Wait until an instant has taken effect on every partition."""
        goal = from_datetime(instant)
        what = f"{instant:%FT%TZ} has taken effect everywhere"
        await self._wait(lambda _: min(self._clocks.values()) >= goal, what)

    async def _wait(self, enough: Callable[[int], bool], what: str) -> None:
        began, more = time.monotonic(), 0
        try:
            async with asyncio.timeout(TIMEOUT_S), self._tail.following() as follower:
                while not enough(more):
                    self._check()
                    more += self._note(await follower.next())
        except TimeoutError:
            clocks = {each: f"{to_datetime(at):%FT%TZ}" for each, at in self._clocks.items()}
            msg = f"after {TIMEOUT_S} s still not: {what}; the clocks are at {clocks}"
            raise StandstillError(msg) from None
        self.waited(time.monotonic() - began, what)

    def waited(self, seconds: float, what: str) -> None:
        """Note how long something took, and tell of it if that was too long."""
        self.longest_wait_s = max(self.longest_wait_s, seconds)
        if seconds > SLOW_S:
            self.troubles.append(f"it took {seconds:.0f} s until {what}")

    def _note(self, records: Sequence[Record]) -> int:
        for record in records:
            if record.key == CLOCK_KEY and record.value:
                self._clocks[record.partition] = decode_clock(record.value)
        return len(records)
