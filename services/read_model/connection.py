"""The connection to Redis, which reports soon that Redis is away, and the room's own errors.

ReadModelError              the read model can't answer
├── ReadModelAwayError      Redis does not answer, or refuses
└── NotBuiltError           the projector has not built it yet
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from services.platform.faults import FaultError
from services.platform.tasks import uninterrupted

CONNECT_S: Final = 2.0
ANSWER_S: Final = 10.0
MOST_CONNECTIONS: Final = 64
"""A call that finds all of them in use waits for one, as long as for an answer."""
TLS: Final = "rediss://"

Answer = TypeVar("Answer")


class ReadModelError(FaultError):
    """The read model can't answer at the moment."""


class ReadModelAwayError(ReadModelError):
    """Redis does not answer, or refuses a command. The text is Redis' own."""


class NotBuiltError(ReadModelError):
    """The read model is not there, or not whole yet."""

    def __init__(self) -> None:
        super().__init__("the projector has not built the read model yet")


async def answer_of(call: Awaitable[Answer]) -> Answer:
    """Return the answer of Redis.

    Raises:
        ReadModelAwayError: there is none.
    """
    try:
        return await call
    except (RedisError, OSError) as error:
        raise ReadModelAwayError(str(error) or type(error).__name__) from error


@asynccontextmanager
async def connect(
    url: str,
    authorities: Path | None = None,
    *,
    connect_s: float = CONNECT_S,
    answer_s: float = ANSWER_S,
) -> AsyncIterator[Redis]:
    """Open Redis at `url`, with the CA file `authorities` for `rediss://`.

    A call fails at once if Redis is away: the client tries nothing twice. Answers have the shapes
    of RESP2, which every Redis speaks.

    Raises:
        ValueError: the URL can't be used.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        **trusted(url, authorities),
        max_connections=MOST_CONNECTIONS,
        timeout=answer_s,
        socket_connect_timeout=connect_s,
        socket_timeout=answer_s,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )
    redis = Redis.from_pool(pool)
    try:
        yield redis
    finally:
        # Interrupted, it would leave connections open that nobody knows any more.
        await uninterrupted(answer_of(redis.aclose()))


def trusted(url: str, authorities: Path | None) -> dict[str, Any]:
    """Return the arguments of a connection over TLS: it checks the server's host name."""
    if not url.startswith(TLS):
        return {}
    return {"ssl_check_hostname": True, "ssl_ca_certs": authorities and str(authorities)}


async def check_server(url: str, authorities: Path | None, timeout_s: float) -> None:
    """Return if the server at `url` answers and lets us in.

    Raises:
        ReadModelAwayError: it does not.
        ValueError: the URL can't be used.
    """
    async with connect(url, authorities, connect_s=timeout_s, answer_s=timeout_s) as redis:
        await answer_of(redis.ping())


async def server_info(url: str, authorities: Path | None, timeout_s: float) -> dict[str, Any]:
    """Return what the server at `url` reports about itself.

    Raises:
        ReadModelAwayError: it does not answer.
        ValueError: the URL can't be used.
    """
    async with connect(url, authorities, connect_s=timeout_s, answer_s=timeout_s) as redis:
        return await answer_of(redis.info())
