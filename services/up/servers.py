"""Whether the servers are there: those that were given at the start, our own all along."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.faults import FaultError
from services.local.stack import Addresses
from services.redis_trust import trusted
from services.settings import Settings
from services.shown import without_password

PATIENCE_S: Final = 5
BETWEEN_LOOKS_S: Final = 2.0
LOOKS_IN_VAIN: Final = 3
"""After so many, one after the other, a server of ours is taken for gone."""


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A server of the local stack. It listens on this machine."""

    name: str
    host: str
    port: int
    log: Path


async def check_given_redis(url: str, authorities: Path | None = None) -> None:
    """See that the Redis that was given answers.

    Raises:
        FaultError: it does not, or the URL is none.
    """
    try:
        client = Redis.from_url(
            url,
            socket_connect_timeout=PATIENCE_S,
            socket_timeout=PATIENCE_S,
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


def own_servers(settings: Settings, addresses: Addresses) -> list[OwnServer]:
    """Return those servers that were started here."""
    found = []
    if not settings.kafka_bootstrap_servers:
        host, _, port = addresses.kafka.rpartition(":")
        log = settings.data_dir / "kafka" / "server.log"
        found.append(OwnServer("Kafka", host, int(port), log))
    if not settings.redis_url:
        at = urlsplit(addresses.redis)
        log = settings.data_dir / "valkey" / "server.log"
        found.append(OwnServer("Valkey", at.hostname or "", at.port or 0, log))
    return found


async def stay_there(servers: Iterable[OwnServer]) -> NoReturn:
    """Look again and again whether each server listens.

    Raises:
        FaultError: one does not any more.
    """
    in_vain = dict.fromkeys(servers, 0)
    while True:
        for server in in_vain:
            in_vain[server] = 0 if await _listens(server) else in_vain[server] + 1
            if in_vain[server] == LOOKS_IN_VAIN:
                raise FaultError(
                    f"{server.name} of the local stack has ended; {server.log} may tell why. "
                    "Start again, the data is kept."
                )
        await asyncio.sleep(BETWEEN_LOOKS_S)


async def _listens(server: OwnServer) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_S):
            _, writer = await asyncio.open_connection(server.host, server.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
