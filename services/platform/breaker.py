"""A circuit breaker: it refuses calls at once while their server is silent.

It probes the server all the time, over a connection of its own, so that no caller has to wait in
vain to find out that the server is silent, or back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, NoReturn, TypeVar

from services.platform.outage import Outage
from services.platform.tasks import end

PROBE_EVERY_S: Final = 0.2
ANSWER_S: Final = 0.2
SILENT_PROBES: Final = 4
"""After so many waits without an answer a server is silent. The breaker counts waits, not seconds:
a process that was suspended itself has waited only once."""

T = TypeVar("T")


class SilentError(Exception):
    """The server does not answer. `begun` is whether anything of the call may have reached it."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__("it does not answer")
        self.begun = begun


class Breaker:
    """Guards the calls to one server while `keep_probing` runs; without that it lets all pass.

    `probe` asks the server once, and returns when it has answered.
    """

    def __init__(
        self,
        probe: Callable[[], Coroutine[Any, Any, None]],
        outage: Outage,
        on_change: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._probe = probe
        self._outage = outage
        self._on_change = on_change
        self._waiting: set[asyncio.Future[None]] = set()
        self._left: set[asyncio.Future[Any]] = set()
        self.is_open = False
        """Whether the server is silent."""

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run some work that needs the server, but no longer than the server answers.

        Raises:
            SilentError: the server is silent; work under way was cancelled.
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
        """Cancel a task without waiting for its end: a client may take long to clean up."""
        task.cancel()
        self._left.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Future[Any]") -> None:
        self._left.discard(task)
        if not task.cancelled():
            task.exception()  # The caller has gone.

    async def keep_probing(self) -> NoReturn:
        """Probe the server until cancelled."""
        waits, asking = 0, asyncio.create_task(self._probe())
        try:
            while True:
                await asyncio.wait({asking}, timeout=ANSWER_S)
                if asking.done() and asking.exception() is None:
                    waits = 0
                    self._shut()
                    await asyncio.sleep(PROBE_EVERY_S)
                    asking = asyncio.create_task(self._probe())
                    continue
                waits += 1
                if waits >= SILENT_PROBES:
                    self._trip(asking)
                if asking.done():
                    await asyncio.sleep(ANSWER_S)
                    asking = asyncio.create_task(self._probe())
        finally:
            await end([asking, *self._left])

    def _trip(self, asking: "asyncio.Task[None]") -> None:
        error = asking.exception() if asking.done() else None
        reason = "no answer" if error is None else str(error) or type(error).__name__
        self._outage.away(reason)
        if not self.is_open:
            self.is_open = True
            self._on_change(True)  # noqa: FBT003 - the listener's only argument
        for silent in self._waiting:
            if not silent.done():
                silent.set_result(None)

    def _shut(self) -> None:
        self._outage.back()
        if self.is_open:
            self.is_open = False
            self._on_change(False)  # noqa: FBT003 - the same
