"""Erased history soon leaves the files of Redis, too."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from structlog.testing import capture_logs

from services.platform.tasks import end
from services.read_model.disk import REWRITE_EVERY_S, Disk, write_anew
from services.tools.local_stack import ValkeyServer
from tests.services.projector.records import micros, transition, trigger
from tests.services.projector.world import Sent, World, eventually
from topology.domain.rows.erased import encode_erased, tombstone_of

SALT = b"a salt that nobody guesses"
NAME = "ännchen-of-the-test"
KEY = "disk"


def found_in(folder: Path, text: str) -> list[str]:
    return [
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and text.encode() in file.read_bytes()
    ]


@pytest.fixture
async def redis(valkey: ValkeyServer) -> AsyncIterator[Redis]:
    async with Redis.from_url(valkey.url) as client:
        yield client


async def test_an_erased_customer_is_soon_in_no_file_of_redis(
    lone_world: World, valkey: ValkeyServer
) -> None:
    """Neither their row nor their history, and the others are kept."""
    world = lone_world
    world.salt = SALT
    tombstone = Sent(
        world.names.rows,
        0,
        tombstone_of(SALT, NAME.encode()),
        encode_erased(micros(5), SALT),
    )
    async with world.projecting():
        await world.commit(
            world.row(NAME, 0, at=0),
            world.row("bert", 0, at=0),
            world.published(transition(NAME, 1), 0),
            world.published(trigger(NAME, 1), 0),
        )
        await world.caught_up()
        await eventually(lambda: _async(found_in(valkey.folder, NAME)), "it is in Redis' files")
        await world.commit(tombstone, world.removed(NAME, 0))
        await world.caught_up()
        await eventually(
            lambda: _async(not found_in(valkey.folder, NAME)), "it is in no file of Redis"
        )
        await eventually(lambda: _nothing_left(world), "nothing is left to be removed")
    assert found_in(valkey.folder, "bert")


async def _async(value: Any) -> Any:
    return value


async def _nothing_left(world: World) -> bool:
    return not await world.redis.exists(world.keys.on_disk)


async def test_a_read_model_that_is_built_anew_leaves_nothing_of_the_old_one(
    lone_world: World, valkey: ValkeyServer
) -> None:
    """The projector drops it because it may have missed an erasure."""
    await lone_world.redis.set(lone_world.keys.transitions(NAME), "of the model before")
    await eventually(lambda: _async(found_in(valkey.folder, NAME)), "it is in Redis' files")
    async with lone_world.projecting():
        await eventually(
            lambda: _async(not found_in(valkey.folder, NAME)), "it is in no file of Redis"
        )


async def test_a_snapshot_is_written_anew_too(redis: Redis, valkey: ValkeyServer) -> None:
    """And none is begun where there was none."""
    await redis.set(NAME, 1)
    await redis.delete(NAME)
    await write_anew(redis)
    assert not list(valkey.folder.glob("*.rdb"))

    await redis.set(NAME, 1)
    await redis.bgsave()
    await eventually(lambda: _async(found_in(valkey.folder, NAME)), "it is in the snapshot")
    await redis.delete(NAME)
    await write_anew(redis)
    assert list(valkey.folder.glob("*.rdb"))
    await eventually(lambda: _async(not found_in(valkey.folder, NAME)), "it is in no file")


async def test_a_refusal_is_logged_once_and_the_count_stays(
    redis: Redis, valkey: ValkeyServer
) -> None:
    """A managed one does. The projector's work goes on."""
    await redis.acl_setuser(
        "managed",
        enabled=True,
        nopass=True,
        keys=["*"],
        channels=["*"],
        commands=["+@all", "-bgrewriteaof", "-bgsave", "-config"],
    )
    clock = Clock()
    async with Redis.from_url(valkey.url, username="managed", password="any") as managed:
        await managed.incr(KEY)
        with capture_logs() as logs:
            await clock.follow(managed, until_s=3 * REWRITE_EVERY_S)
        assert await managed.get(KEY) == b"1"
    [warning] = [each for each in logs if each["event"] == "redis_keeps_what_was_erased"]
    assert "bgrewriteaof" in warning["reason"].lower()


class Clock:
    """A clock that each sleep moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)

    async def follow(self, redis: Any, until_s: float) -> None:
        disk = Disk(KEY, structlog.get_logger(), clock=lambda: self.now, sleep=self.sleep)
        task = asyncio.create_task(disk.follow(redis))
        while self.now < until_s and not task.done():
            await asyncio.sleep(0)
        if task.done():
            task.result()
        await end([task])


class Recorder:
    """A Redis that only counts, with another removal at each look."""

    def __init__(self, clock: Clock, steady_from_s: float = 0.0) -> None:
        self.clock = clock
        self.count: int | None = 1
        self.steady_from_s = steady_from_s
        self.written: list[float] = []

    async def get(self, _: str) -> bytes | None:
        if self.count is not None and self.clock.now < self.steady_from_s:
            self.count += 1
        return None if self.count is None else str(self.count).encode()

    async def info(self, _: str) -> dict[str, Any]:
        return {"aof_enabled": 1, "aof_last_bgrewrite_status": "ok"}

    async def config_get(self, _: str) -> dict[str, str]:
        raise ResponseError("unknown command")

    async def bgrewriteaof(self) -> None:
        self.written.append(self.clock.now)

    async def eval(self, _script: str, _keys: int, _key: str, count: bytes) -> None:
        """More was removed meanwhile, each time."""
        assert self.count is not None
        assert int(count) <= self.count
        self.count += 1


async def test_files_are_written_no_more_often_than_every_ten_minutes() -> None:
    """However often somebody is erased; the first time at once."""
    clock = Clock()
    recorder = Recorder(clock)
    await clock.follow(recorder, until_s=3.5 * REWRITE_EVERY_S)
    assert len(recorder.written) == 4
    assert recorder.written[0] <= 2
    between = [b - a for a, b in zip(recorder.written, recorder.written[1:], strict=False)]
    assert all(REWRITE_EVERY_S <= each <= REWRITE_EVERY_S + 3 for each in between)


async def test_removals_close_together_cause_one_rewrite() -> None:
    """Names of one person lie in several partitions."""
    clock = Clock()
    recorder = Recorder(clock, steady_from_s=5)
    await clock.follow(recorder, until_s=20)
    assert len(recorder.written) == 1
    assert recorder.written[0] >= 5
