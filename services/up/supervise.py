"""Keeps a service running."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

from services.faults import FaultError
from services.up.child import Service, run_once
from services.up.restarts import RestartRule

LINES_SHOWN: Final = 5


class ServiceKeepsDyingError(FaultError):
    """A service that was started again and again, and ended every time."""

    def __init__(self, service: Service, status: int, deaths: int) -> None:
        last = (service.last_lines(1) or ["nothing"])[0]
        super().__init__(
            f"The {service.name} ended {deaths} times soon after its start (status {status}), "
            f"its last words: {last} (all of them are in {service.log})"
        )


async def keep_running(
    service: Service,
    *,
    report: Callable[[str], None],
    rule: RestartRule,
    run: Callable[[Service], Awaitable[int]] = run_once,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> NoReturn:
    """Run the service, and again each time it ends, until this is cancelled.

    Raises:
        ServiceKeepsDyingError: it died so often that starting it again is no use.
    """
    quick_deaths = 0
    while True:
        started = clock()
        status = await run(service)
        quick_deaths = rule.quick_deaths(quick_deaths, clock() - started)
        pause = rule.pause(quick_deaths)
        if pause is None:
            raise ServiceKeepsDyingError(service, status, quick_deaths)
        report(_obituary(service, status, pause))
        await sleep(pause)


def _obituary(service: Service, status: int, pause: float) -> str:
    last = service.last_lines(LINES_SHOWN)
    said = f"The {service.name} ended unexpectedly (status {status})"
    return "\n    ".join((f"{said}; it starts again in {pause:g} s.", *last))
