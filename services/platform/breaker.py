"""A circuit breaker: once a server is known to be silent, whoever needs it is told so at once.

It asks the server itself all the time, over a connection of its own, so that nobody has to wait in
vain to find out, neither that it is silent nor that it is back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, NoReturn, TypeVar

from services.platform.outage import Outage
from services.platform.tasks import end

ASK_EVERY_S: Final = 0.2
LOOK_S: Final = 0.2
SILENT_LOOKS: Final = 4
"""After so many looks without an answer a server is silent. Looks are counted, and not seconds: a
process that stood still itself has looked once only."""

T = TypeVar("T")


class SilentError(Exception):
    """The server does not answer. `begun` says whether anything may have reached it."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__("it does not answer")
        self.begun = begun


class Breaker:
    """What is known of one server, as long as `keep_asking` runs; without it, it counts as there.

    `ask` asks it once, and returns if it has answered.
    """

    def __init__(
        self,
        ask: Callable[[], Coroutine[Any, Any, None]],
        outage: Outage,
        on_change: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._ask = ask
        self._outage = outage
        self._on_change = on_change
        self._waiting: set[asyncio.Future[None]] = set()
        self._left: set[asyncio.Future[Any]] = set()
        self.is_open = False
        """True while the server is silent."""

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do what needs the server; stop waiting for it as soon as the server is silent.

        Raises:
            SilentError: it is; what was begun is cancelled.
        """
        if self.is_open:
            raise SilentError(begun=False)
        task = asyncio.ensure_future(work())
        silent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(silent)
        try:
            both: set[asyncio.Future[Any]] = {task, silent}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiting.discard(silent)
            if not task.done():
                self._leave(task)
        if not task.done():
            raise SilentError(begun=True)
        return task.result()

    def _leave(self, task: "asyncio.Future[Any]") -> None:
        """Cancel it, but don't wait for that: a client may take its time to let go."""
        task.cancel()
        self._left.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Future[Any]") -> None:
        self._left.discard(task)
        if not task.cancelled():
            task.exception()  # Whoever asked has gone.

    async def keep_asking(self) -> NoReturn:
        """Ask until cancelled."""
        looks, asking = 0, asyncio.create_task(self._ask())
        try:
            while True:
                await asyncio.wait({asking}, timeout=LOOK_S)
                if asking.done() and asking.exception() is None:
                    looks = 0
                    self._shut()
                    await asyncio.sleep(ASK_EVERY_S)
                    asking = asyncio.create_task(self._ask())
                    continue
                looks += 1
                if looks >= SILENT_LOOKS:
                    self._trip(asking)
                if asking.done():
                    await asyncio.sleep(LOOK_S)
                    asking = asyncio.create_task(self._ask())
        finally:
            await end([asking, *self._left])

    def _trip(self, asking: "asyncio.Task[None]") -> None:
        error = asking.exception() if asking.done() else None
        reason = "no answer" if error is None else str(error) or type(error).__name__
        self._outage.away(reason)
        if not self.is_open:
            self.is_open = True
            self._on_change(True)  # noqa: FBT003 - it is what it says
        for silent in self._waiting:
            if not silent.done():
                silent.set_result(None)

    def _shut(self) -> None:
        self._outage.back()
        if self.is_open:
            self.is_open = False
            self._on_change(False)  # noqa: FBT003 - the same
