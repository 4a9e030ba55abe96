"""A connection to Redis that says soon when Redis is away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from services.redis_trust import trusted

CONNECT_S: Final = 2.0
ANSWER_S: Final = 10.0
MOST_CONNECTIONS: Final = 64
"""Who asks when all are in use waits for one, as long as for an answer, and is not refused."""


@asynccontextmanager
async def connect(url: str, authorities: Path | None = None) -> AsyncIterator[Redis]:
    """Open Redis at `url`, with the CA file `authorities` for `rediss://`.

    A call raises RedisError if Redis is away; nothing is tried twice.

    Answers have the shapes of RESP2, which every Redis speaks.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        **trusted(url, authorities),
        max_connections=MOST_CONNECTIONS,
        timeout=ANSWER_S,
        socket_connect_timeout=CONNECT_S,
        socket_timeout=ANSWER_S,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )
    redis = Redis.from_pool(pool)
    try:
        yield redis
    finally:
        await redis.aclose()
