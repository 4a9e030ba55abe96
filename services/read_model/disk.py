"""Redis' files: what was removed from Redis leaves its append-only file and snapshot, too.

Redis appends each change, so a removed value stays in its files until Redis rewrites them. The
scripts that remove something count that, in a key that outlives the read model. After that the
projector asks Redis to rewrite its files. Then it removes the count, unless the scripts have
counted more meanwhile.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, NoReturn

from redis.asyncio import Redis
from redis.exceptions import ResponseError
from structlog.typing import FilteringBoundLogger

from services.read_model.connection import answer_of

LOOK_EVERY_S: Final = 1.0
"""The count must stay the same for so long: then one rewrite serves several removals."""
REWRITE_EVERY_S: Final = 600.0
"""Redis writes its files no more often: each time costs it a copy of all that it holds."""
WRITING_S: Final = 0.1
LONGEST_WRITING_S: Final = 1_800.0
UNLESS_MORE: Final = (
    "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1"
)


class RewriteRefusedError(Exception):
    """Redis does not rewrite its files. The message is Redis' own."""


class Disk:
    """Has Redis rewrite its files. Times are seconds of one steady clock."""

    def __init__(
        self,
        key: str,
        log: FilteringBoundLogger,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._key = key
        self._log = log
        self._clock = clock
        self._sleep = sleep
        self._not_before = 0.0
        self._complained = False

    async def follow(self, redis: Redis) -> NoReturn:
        """Have the files rewritten after each removal, until cancelled.

        Raises:
            ReadModelAwayError: Redis is away.
        """
        before: Any = None
        while True:
            count: Any = await answer_of(redis.get(self._key))
            if count is not None and count == before and self._clock() >= self._not_before:
                self._not_before = self._clock() + REWRITE_EVERY_S
                await answer_of(self._rewrite(redis, count))
            before = count
            await self._sleep(LOOK_EVERY_S)

    async def _rewrite(self, redis: Redis, count: bytes) -> None:
        try:
            async with asyncio.timeout(LONGEST_WRITING_S):
                await write_anew(redis, self._sleep)
        except (RewriteRefusedError, TimeoutError) as refusal:
            if not self._complained:
                self._complained = True
                self._log.warning(
                    "redis_keeps_what_was_erased",
                    reason=str(refusal) or "it takes too long",
                )
            return
        await redis.eval(UNLESS_MORE, 1, self._key, count)
        self._complained = False
        self._log.info("redis_files_written_anew")


async def write_anew(
    redis: Redis, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Have Redis rewrite the files that it has, and wait until it has done so.

    Raises:
        RewriteRefusedError: Redis refuses.
        RedisError: Redis is away.
    """
    try:
        if (await _at_rest(redis, sleep)).get("aof_enabled"):
            await redis.bgrewriteaof()
            if (await _at_rest(redis, sleep)).get("aof_last_bgrewrite_status") != "ok":
                raise RewriteRefusedError("the append-only file could not be written")
        if await _has_snapshots(redis):
            await redis.bgsave()
            if (await _at_rest(redis, sleep)).get("rdb_last_bgsave_status") != "ok":
                raise RewriteRefusedError("the snapshot could not be written")
    except ResponseError as error:
        raise RewriteRefusedError(str(error)) from None


async def _has_snapshots(redis: Redis) -> bool:
    """Whether Redis has written a snapshot since its start, or is configured to do so."""
    if (await redis.info("persistence")).get("rdb_last_bgsave_time_sec", -1) >= 0:
        return True
    try:
        return bool((await redis.config_get("save")).get("save"))
    except ResponseError:  # Nobody knows then. Most servers have only one of both files.
        return False


async def _at_rest(redis: Redis, sleep: Callable[[float], Awaitable[None]]) -> dict[str, Any]:
    """Wait until Redis writes no file, and return its report on its files."""
    while True:
        report: dict[str, Any] = await redis.info("persistence")
        if not any(
            report.get(each)
            for each in (
                "aof_rewrite_in_progress",
                "aof_rewrite_scheduled",
                "rdb_bgsave_in_progress",
            )
        ):
            return report
        await sleep(WRITING_S)
