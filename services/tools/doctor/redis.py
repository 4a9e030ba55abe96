"""Whether Redis answers, how old it is, and whether it keeps what it is given."""

from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.read_model.redis_trust import trusted
from services.tools.doctor.finding import Finding, ok, wrong

TIMEOUT_S: Final = 5
KEEPS_ALL: Final = "noeviction"


async def look_at_redis(url: str, shown: str, authorities: Path | None = None) -> Finding:
    """Ask the server at `url`, which is `shown` to the user."""
    client = Redis.from_url(
        url,
        socket_connect_timeout=TIMEOUT_S,
        socket_timeout=TIMEOUT_S,
        **trusted(url, authorities),
    )
    try:
        said: dict[str, Any] = await client.info()
    except (RedisError, OSError) as error:
        return wrong("Redis", f"does not answer at {shown}: {error}")
    finally:
        await client.aclose()
    return finding_of(said, shown)


def finding_of(info: dict[str, Any], shown: str) -> Finding:
    """Judge a server by what it says of itself."""
    name = "Valkey" if "valkey_version" in info else "Redis"
    version = info.get("valkey_version") or info.get("redis_version") or "of unknown version"
    eviction, limit = info.get("maxmemory_policy", KEEPS_ALL), int(info.get("maxmemory", 0))
    if limit and eviction != KEEPS_ALL:
        return wrong(
            "Redis",
            f"{shown} may throw customers away when it is full (maxmemory-policy is {eviction}): "
            f"set it to {KEEPS_ALL}",
        )
    return ok("Redis", f"{shown}, {name} {version}")
