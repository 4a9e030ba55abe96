"""Keeps a service running."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from services.tools.up.child import Service, run_once
from services.tools.up.restarts import RestartRule
from services.tools.up.roster import ServiceKeepsDyingError, Standing

LINES_SHOWN: Final = 5


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
