"""Whether the servers are there: those that were given at the start, our own all along."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.platform.faults import FaultError
from services.platform.redact import without_password
from services.read_model.redis_trust import trusted
from services.tools.local_stack.errors import StackError
from services.tools.local_stack.server import Server
from services.tools.up.restarts import RestartRule

TIMEOUT_S: Final = 5
BETWEEN_LOOKS_S: Final = 0.2


async def check_given_redis(url: str, authorities: Path | None = None) -> None:
    """See that the Redis that was given answers.

    Raises:
        FaultError: it does not, or the URL is none.
    """
    try:
        client = Redis.from_url(
            url,
            socket_connect_timeout=TIMEOUT_S,
            socket_timeout=TIMEOUT_S,
            **trusted(url, authorities),
        )
    except ValueError as error:
        raise FaultError(f"REDIS_URL can't be used: {error}.") from None
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        shown = without_password(url)
        raise FaultError(
            f"Redis does not answer at {shown} ({error}): start it, or set REDIS_URL to where it "
            "runs."
        ) from None
    finally:
        await client.aclose()


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
