"""How each kind of fault is done to a world. What is waited for is a condition, but for one."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from redis.asyncio import Redis

from tests.chaos.faults import Fault, Kind
from tests.chaos.watch import TIMEOUT_S, StandstillError
from tests.chaos.world import World
from topology.batching.config import BatchConfig

FROZEN_S: Final = BatchConfig("", "", (), "", 1).session_timeout + 0.5
"""A frozen worker must sleep for longer than its session lasts: here it is the time that counts."""
SMALL: Final = "1kb"
"""Less than an empty Redis uses: nothing more can be written."""


async def strike(world: World, fault: Fault) -> None:
    """Do it, and return when what was ended on purpose has been started again."""
    await STRIKES[fault.kind](world, fault.worker or "")


async def _kill_worker(world: World, name: str) -> None:
    world.workers[name].kill()
    world.workers[name].start()


async def _lose_worker(world: World, name: str) -> None:
    world.remove_worker(name).kill()


async def _freeze_worker(world: World, name: str) -> None:
    worker = world.workers[name]
    worker.freeze()
    try:
        await asyncio.sleep(FROZEN_S)
    finally:
        worker.wake()


async def _restart_worker(world: World, name: str) -> None:
    await _remove_worker(world, name)
    world.bring_back(name)


async def _change_policy(world: World, name: str) -> None:
    """Others read the changed file when they start for another reason."""
    world.change_policy()
    await _restart_worker(world, name)


async def _add_worker(world: World, name: str) -> None:
    world.add_worker(name)


async def _remove_worker(world: World, name: str) -> None:
    worker = world.remove_worker(name)
    worker.terminate()
    try:
        status = await worker.ended()
    except TimeoutError:
        world.troubles.append(f"{name} got a signal to end, and did not")
        worker.kill()
        return
    if status == -signal.SIGTERM and not worker.has_spoken:
        return  # The signal came before it could listen.
    if status != 0:
        world.troubles.append(f"{name} got a signal to end, and did with status {status}")


async def _kill_broker(world: World, _: str) -> None:
    world.kafka.kill()
    await world.kafka.start()


async def _kill_projector(world: World, _: str) -> None:
    world.projector.kill()
    world.projector.start()


async def _kill_archive(world: World, _: str) -> None:
    world.archive.kill()
    world.archive.start()


async def _empty_redis(world: World, _: str) -> None:
    async with Redis.from_url(world.redis.url) as redis:
        await redis.flushall()


async def _kill_redis(world: World, _: str) -> None:
    world.redis.kill()
    await world.redis.start()


async def _fill_redis(world: World, _: str) -> None:
    """Let Redis have no room until a write has been refused, then give it room again."""
    async with Redis.from_url(world.redis.url) as redis:
        before = await _refused(redis)
        await redis.config_set("maxmemory-policy", "noeviction")
        await redis.config_set("maxmemory", SMALL)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                while await _refused(redis) == before:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise StandstillError("Redis was full, and nobody tried to write") from None
        finally:
            await redis.config_set("maxmemory", "0")


async def _refused(redis: Redis) -> int:
    """How many writes have been refused for want of room."""
    stats: Mapping[str, Any] = await redis.info("errorstats")
    found = stats.get("errorstat_OOM", {})
    return int(found.get("count", 0))


STRIKES: Final[Mapping[Kind, Callable[[World, str], Awaitable[None]]]] = MappingProxyType(
    {
        Kind.WORKER_KILLED: _kill_worker,
        Kind.WORKER_LOST: _lose_worker,
        Kind.WORKER_FROZEN: _freeze_worker,
        Kind.WORKER_RESTARTED: _restart_worker,
        Kind.POLICY_CHANGED: _change_policy,
        Kind.WORKER_ADDED: _add_worker,
        Kind.WORKER_REMOVED: _remove_worker,
        Kind.BROKER_KILLED: _kill_broker,
        Kind.PROJECTOR_KILLED: _kill_projector,
        Kind.ARCHIVE_KILLED: _kill_archive,
        Kind.REDIS_EMPTIED: _empty_redis,
        Kind.REDIS_KILLED: _kill_redis,
        Kind.REDIS_FULL: _fill_redis,
    }
)
