"""Keeps services and servers running: starts each again when it has ended.

A service that dies quickly again and again counts as one that can't run. Then everything ends
(`EndOnFailure`), or the other services go on (`ContinueOnFailure`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NoReturn, Protocol

from services.platform.faults import FaultError
from services.tools.local_stack.errors import StackError
from services.tools.local_stack.server import Server
from services.tools.up.service import Service, run_once

LINES_SHOWN: Final = 5
POLL_INTERVAL_S: Final = 0.2


Notify = Callable[[str], None]
"""Gets one sentence, or several."""


@dataclass(frozen=True, slots=True)
class Notifier:
    """Gets the progress of a start, and its failures."""

    info: Notify
    warn: Notify


@dataclass(frozen=True, slots=True)
class RestartRule:
    """When to start a service again: pure.

    A death within `quick_s` of the start is quick. The pause grows with each quick death in a row.
    After `most` of them the service can't run, and is started again every `rest_s`.
    """

    quick_s: float = 20.0
    most: int = 6
    first_pause_s: float = 0.2
    longest_pause_s: float = 5.0
    rest_s: float = 60.0

    def quick_deaths(self, before: int, lived_s: float) -> int:
        """Count the quick deaths in a row: `before` of them, then one after `lived_s`."""
        return before + 1 if lived_s < self.quick_s else 0

    def is_hopeless(self, quick_deaths: int) -> bool:
        """Whether the service counts as one that can't run."""
        return quick_deaths >= self.most

    def pause(self, quick_deaths: int) -> float:
        """Return the seconds to wait before the next start."""
        if self.is_hopeless(quick_deaths):
            return self.rest_s
        return min(self.first_pause_s * 2.0 ** max(quick_deaths - 1, 0), self.longest_pause_s)


class ServiceKeepsDyingError(FaultError):
    """A service that ended soon after each of its starts."""

    def __init__(self, service: Service, status: int, deaths: int) -> None:
        last = (service.last_lines(1) or ["nothing"])[0]
        super().__init__(
            f"The {service.name} ended {deaths} times soon after its start (status {status}), "
            f"its last words: {last} (its log is {service.log})"
        )


class NothingRunsError(FaultError):
    """None of the services can run."""

    def __init__(self, services: Collection[Service]) -> None:
        logs = ", ".join(str(service.log) for service in services)
        super().__init__(f"None of the services can run. Their logs say why: {logs}.")


class FailureHandler(Protocol):
    """Decides what happens when a service can't run."""

    def cant_run(self, service: Service, error: ServiceKeepsDyingError) -> None:
        """Handle a service that keeps dying; an error ends everything."""

    def runs_again(self, service: Service) -> None:
        """Handle a service that runs, after it could not."""


class EndOnFailure:
    """Everything ends as soon as one service can't run."""

    def cant_run(self, service: Service, error: ServiceKeepsDyingError) -> None:  # noqa: ARG002
        """Raise the error."""
        raise error

    def runs_again(self, service: Service) -> None:
        """Never called: everything has ended before."""


class ContinueOnFailure:
    """The other services go on while one can't run; everything ends when none can."""

    def __init__(self, services: Collection[Service], notifier: Notifier, again_s: float) -> None:
        self._services = services
        self._notifier = notifier
        self._again_s = again_s
        self._away: set[str] = set()

    def cant_run(self, service: Service, error: ServiceKeepsDyingError) -> None:
        """Warn once.

        Raises:
            NothingRunsError: no service is left that runs.
        """
        if service.name in self._away:
            return
        self._away.add(service.name)
        if all(each.name in self._away for each in self._services):
            raise NothingRunsError(self._services) from error
        self._notifier.warn(
            f"{error}. The other services go on. It starts again every {self._again_s:g} s."
        )

    def runs_again(self, service: Service) -> None:
        """Report the recovery."""
        self._away.discard(service.name)
        self._notifier.info(f"The {service.name} runs again.")


async def keep_service_running(  # noqa: PLR0913 - the last three are for tests
    service: Service,
    *,
    notify: Notify,
    rule: RestartRule,
    on_failure: FailureHandler,
    run: Callable[[Service], Awaitable[int]] = run_once,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> NoReturn:
    """Run a service, and start it again each time it ends, until this is cancelled.

    It raises what `on_failure` raises for a service that can't run.
    """
    quick_deaths = 0
    while True:
        started = clock()
        with _notify_if_it_lives(service, on_failure, rule, quick_deaths):
            status = await run(service)
        quick_deaths = rule.quick_deaths(quick_deaths, clock() - started)
        pause = rule.pause(quick_deaths)
        if rule.is_hopeless(quick_deaths):
            on_failure.cant_run(service, ServiceKeepsDyingError(service, status, quick_deaths))
        else:
            notify(_exit_message(service, status, pause))
        await sleep(pause)


@contextmanager
def _notify_if_it_lives(
    service: Service, on_failure: FailureHandler, rule: RestartRule, quick_deaths: int
) -> Iterator[None]:
    """Notify once a service that could not run has lived for long enough."""
    if not rule.is_hopeless(quick_deaths):
        yield
        return
    loop = asyncio.get_running_loop()
    lives = loop.call_later(rule.quick_s, on_failure.runs_again, service)
    try:
        yield
    finally:
        lives.cancel()


def _exit_message(service: Service, status: int, pause: float) -> str:
    last = service.last_lines(LINES_SHOWN)
    # A role ends with status 0 only after a signal, and `up` sends one only when it stops.
    why = "0: it got a signal, but not from here" if status == 0 else str(status)
    ended = f"The {service.name} ended unexpectedly (status {why})"
    return "\n    ".join((f"{ended}; it starts again in {pause:g} s.", *last))


async def keep_server_running(
    server: Server,
    notify: Notify,
    rule: RestartRule,
    clock: Callable[[], float] = time.monotonic,
) -> NoReturn:
    """Start a server of the local stack again each time it ends, until this is cancelled.

    It returns with the same ports and data. The services wait for it meanwhile.
    """
    deaths, started = 0, clock()
    while True:
        while server.is_running:
            await asyncio.sleep(POLL_INTERVAL_S)
        notify(
            f"{server.name} of the local stack has ended (status {server.status}); it starts again "
            f"with its data, and the services wait for it. {server.log}.1 may say why."
        )
        deaths = rule.quick_deaths(deaths, clock() - started)
        if deaths > 1:
            await asyncio.sleep(rule.pause(deaths))
        started = clock()
        try:
            await server.start()
        except StackError as error:
            notify(f"{server.name} can't start: {error}")
