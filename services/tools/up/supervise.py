"""When a service that has died is started again, and when it counts as one that can't run: pure."""

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
BETWEEN_LOOKS_S: Final = 0.2


Say = Callable[[str], None]
"""Gets one sentence, or a few."""


@dataclass(frozen=True, slots=True)
class Report:
    """Hears what is worth telling, and apart from that what went wrong."""

    tell: Say
    warn: Say


@dataclass(frozen=True, slots=True)
class RestartRule:
    """Quick deaths in a row are answered with ever longer pauses.

    A death is quick within `quick_s` of the start. After `most` of them in a row the service can't
    run, and is tried again every `rest_s`. All times are in seconds.
    """

    quick_s: float = 20.0
    most: int = 6
    first_pause_s: float = 0.2
    longest_pause_s: float = 5.0
    rest_s: float = 60.0

    def quick_deaths(self, before: int, lived_s: float) -> int:
        """Return how many quick deaths there are in a row, after `before` of them and this life."""
        return before + 1 if lived_s < self.quick_s else 0

    def is_hopeless(self, quick_deaths: int) -> bool:
        """Whether the service can't run, as far as anybody can tell."""
        return quick_deaths >= self.most

    def pause(self, quick_deaths: int) -> float:
        """Return how long to wait before the next start."""
        if self.is_hopeless(quick_deaths):
            return self.rest_s
        return min(self.first_pause_s * 2.0 ** max(quick_deaths - 1, 0), self.longest_pause_s)


class ServiceKeepsDyingError(FaultError):
    """A service that was started again and again, and ended every time."""

    def __init__(self, service: Service, status: int, deaths: int) -> None:
        last = (service.last_lines(1) or ["nothing"])[0]
        super().__init__(
            f"The {service.name} ended {deaths} times soon after its start (status {status}), "
            f"its last words: {last} (all of them are in {service.log})"
        )


class NothingRunsError(FaultError):
    """Not one of the services can run."""

    def __init__(self, services: Collection[Service]) -> None:
        logs = ", ".join(str(service.log) for service in services)
        super().__init__(f"None of the services can run. Their logs say why: {logs}.")


class Standing(Protocol):
    """Hears which services can't run, and which of these can run again."""

    def cant_run(self, service: Service, error: ServiceKeepsDyingError) -> None:
        """Hear that a service keeps dying. What is raised ends everything."""

    def runs_again(self, service: Service) -> None:
        """Hear that a service lives that could not run before."""


class AllOrNone:
    """Everything ends as soon as one service can't run."""

    def cant_run(self, service: Service, error: ServiceKeepsDyingError) -> None:  # noqa: ARG002
        """Raise it."""
        raise error

    def runs_again(self, service: Service) -> None:
        """It can't have been away."""


class Roster:
    """The rest goes on while one service can't run; everything ends when none can."""

    def __init__(self, services: Collection[Service], report: Report, again_s: float) -> None:
        self._services = services
        self._report = report
        self._again_s = again_s
        self._away: set[str] = set()

    def cant_run(self, service: Service, error: ServiceKeepsDyingError) -> None:
        """Say so once.

        Raises:
            NothingRunsError: no other is left.
        """
        if service.name in self._away:
            return
        self._away.add(service.name)
        if all(each.name in self._away for each in self._services):
            raise NothingRunsError(self._services) from error
        self._report.warn(
            f"{error}. The rest goes on without it; it is tried again every {self._again_s:g} s."
        )

    def runs_again(self, service: Service) -> None:
        """Say so."""
        self._away.discard(service.name)
        self._report.tell(f"The {service.name} runs again.")


async def keep_running(  # noqa: PLR0913 - the last three are for tests
    service: Service,
    *,
    report: Callable[[str], None],
    rule: RestartRule,
    standing: Standing,
    run: Callable[[Service], Awaitable[int]] = run_once,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> NoReturn:
    """Run the service, and again each time it ends, until this is cancelled.

    Raises whatever `standing` raises when it hears that the service can't run.
    """
    quick_deaths = 0
    while True:
        started = clock()
        with _heard_if_it_lives(service, standing, rule, quick_deaths):
            status = await run(service)
        quick_deaths = rule.quick_deaths(quick_deaths, clock() - started)
        pause = rule.pause(quick_deaths)
        if rule.is_hopeless(quick_deaths):
            standing.cant_run(service, ServiceKeepsDyingError(service, status, quick_deaths))
        else:
            report(_obituary(service, status, pause))
        await sleep(pause)


@contextmanager
def _heard_if_it_lives(
    service: Service, standing: Standing, rule: RestartRule, quick_deaths: int
) -> Iterator[None]:
    """Tell when a service that could not run has lived for long enough."""
    if not rule.is_hopeless(quick_deaths):
        yield
        return
    loop = asyncio.get_running_loop()
    lives = loop.call_later(rule.quick_s, standing.runs_again, service)
    try:
        yield
    finally:
        lives.cancel()


def _obituary(service: Service, status: int, pause: float) -> str:
    last = service.last_lines(LINES_SHOWN)
    said = f"The {service.name} ended unexpectedly (status {status})"
    return "\n    ".join((f"{said}; it starts again in {pause:g} s.", *last))


async def keep_there(
    server: Server,
    report: Callable[[str], None],
    rule: RestartRule,
    clock: Callable[[], float] = time.monotonic,
) -> NoReturn:
    """Start a server of the local stack again each time it has ended, until this is cancelled.

    It comes back on the same ports and with the same data, and whoever needs it waits for it.
    """
    deaths, started = 0, clock()
    while True:
        while server.is_running:
            await asyncio.sleep(BETWEEN_LOOKS_S)
        report(
            f"{server.name} of the local stack has ended (status {server.status}); it starts again "
            f"with its data, and everything waits for it. {server.log}.1 may tell why."
        )
        deaths = rule.quick_deaths(deaths, clock() - started)
        if deaths > 1:
            await asyncio.sleep(rule.pause(deaths))
        started = clock()
        try:
            await server.start()
        except StackError as error:
            report(f"{server.name} can't start: {error}")
