"""Pace: how fast the transactions of a partition follow each other."""

import asyncio
from typing import Any


class Pace:
    """Waits for work, for commits, and for the time when the next transaction may begin.

    Args:
        interval: without a backlog transactions begin no faster, in seconds.
        work_available: is set when there may be work.
    """

    def __init__(self, interval: float, work_available: asyncio.Event) -> None:
        self._interval = interval
        self._work_available = work_available
        self._may_begin = 0.0

    def begin(self) -> None:
        """Note that a transaction begins."""
        self._may_begin = _now() + self._interval

    def lets_gather(self, commit: asyncio.Task[None] | None) -> bool:
        """True if no transaction may begin now: records gather, unless there is a backlog."""
        return commit is not None or _now() < self._may_begin

    async def wait(
        self, commit: asyncio.Task[None] | None, *, gathers: bool
    ) -> asyncio.Task[None] | None:
        """Wait for work, and for the commit's end.

        Args:
            commit: the commit in flight.
            gathers: True if records gather. Then it also waits no longer than until the next
                transaction may begin, even if that time has passed since `lets_gather`.

        Returns:
            The commit, if it still runs.
        """
        wake_up = asyncio.create_task(self._work_available.wait())
        waiting: set[asyncio.Task[Any]] = {wake_up}
        pause = None
        if commit is not None:
            waiting.add(commit)
        elif gathers:
            pause = max(0.0, self._may_begin - _now())
        try:
            await asyncio.wait(waiting, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        finally:
            wake_up.cancel()
        self._work_available.clear()
        return unless_done(commit)


def unless_done(commit: asyncio.Task[None] | None) -> asyncio.Task[None] | None:
    """Return a commit in flight; None, or its error, if it is done."""
    if commit is not None and commit.done():
        commit.result()
        return None
    return commit


def _now() -> float:
    return asyncio.get_running_loop().time()
