"""A connection to Redis that says soon when Redis is away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError

from services.read_model.redis_trust import trusted

CONNECT_S: Final = 2.0
ANSWER_S: Final = 10.0
PROBE_S: Final = 2.0
"""How long a server may take to say that it is there."""
MOST_CONNECTIONS: Final = 64
"""Who asks when all are in use waits for one, as long as for an answer, and is not refused."""


@asynccontextmanager
async def connect(
    url: str, authorities: Path | None = None, *, answer_s: float = ANSWER_S
) -> AsyncIterator[Redis]:
    """Open Redis at `url`, with the CA file `authorities` for `rediss://`.

    A call raises RedisError if Redis is away; nothing is tried twice.

    Answers have the shapes of RESP2, which every Redis speaks.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        **trusted(url, authorities),
        max_connections=MOST_CONNECTIONS,
        timeout=answer_s,
        socket_connect_timeout=CONNECT_S,
        socket_timeout=answer_s,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )
    redis = Redis.from_pool(pool)
    try:
        yield redis
    finally:
        await redis.aclose()


async def ping(redis: Redis) -> None:
    """Return if Redis answers, whatever it says; raises RedisError if it does not."""
    with suppress(ResponseError):
        await redis.ping()
