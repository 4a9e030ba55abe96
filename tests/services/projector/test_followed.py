"""The projector builds a read model again that has not followed Kafka for too long."""

import pytest
from structlog.testing import capture_logs

from services.projector.progress import Followed, TombstonesMissedError
from services.projector.run import wall_clock_ms
from tests.services.projector.records import transition, trigger
from tests.services.projector.world import World, eventually

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
NOW_MS = 1_800_000_000_000


@pytest.mark.parametrize(
    ("ago_ms", "kept_ms", "missed"),
    [
        (0, DAY_MS, False),
        (21 * HOUR_MS, DAY_MS, False),
        (22 * HOUR_MS, DAY_MS, True),  # A tenth is left for the broker's clock.
        (HOUR_MS, HOUR_MS, True),
        (500_000, 1, False),  # Building takes a while, too: it must not begin again for ever.
        (700_000, 1, True),
        (-30_000, DAY_MS, False),
        (-90_000, DAY_MS, True),  # The clock was put back: nobody knows how long it was.
    ],
)
def test_a_pause_longer_than_kafka_keeps_tombstones_misses_them(
    ago_ms: int, kept_ms: int, *, missed: bool
) -> None:
    followed = Followed(NOW_MS - ago_ms, kept_ms)
    if not missed:
        followed.check(NOW_MS)
        assert followed.again(0.5, NOW_MS).at_ms == NOW_MS - 500
        return
    for attempt in (lambda: followed.check(NOW_MS), lambda: followed.again(0.0, NOW_MS)):
        with pytest.raises(TombstonesMissedError):
            attempt()


def test_a_time_that_nobody_noted_may_be_long_ago() -> None:
    with pytest.raises(TombstonesMissedError):
        Followed(None, DAY_MS).check(NOW_MS)


async def with_a_ghost(world: World) -> None:
    """A read model with a customer whose removal Kafka has forgotten already."""
    await world.commit(world.row("c-1", 0), world.published(transition("c-1", 1)))
    await world.commit(world.published(trigger("c-1", 1)))
    await world.project()
    await add_ghost(world)


async def add_ghost(world: World) -> None:
    await world.redis.hset(world.keys.rows, "ghost", "whatever")
    await world.redis.zadd(world.keys.everyone, {"ghost": 0})


async def follow(world: World) -> None:
    """Let a projector follow Kafka until it has noted that."""
    now_ms = wall_clock_ms() + world.ahead_ms

    async def noted() -> bool:
        found = await world.redis.get(world.keys.followed)
        return found is not None and int(found) >= now_ms

    async with world.projecting():
        await eventually(noted, "it has noted that it followed")


async def has_ghost(world: World) -> bool:
    return await world.redis.zscore(world.keys.everyone, "ghost") is not None


async def has_none(world: World) -> bool:
    return not await has_ghost(world)


async def test_back_within_the_time_it_goes_on_where_it_was(world: World) -> None:
    """However often: each time it notes that it is there again."""
    await with_a_ghost(world)
    for _ in range(2):
        world.ahead_ms += 20 * HOUR_MS
        await follow(world)
    assert await has_ghost(world)


async def test_back_too_late_it_is_built_anew(world: World) -> None:
    await with_a_ghost(world)
    before = await world.contents()
    world.ahead_ms = 22 * HOUR_MS
    with capture_logs() as logs:
        async with world.projecting():
            await eventually(lambda: has_none(world), "the read model is built anew")
            await world.caught_up()
    assert [log["event"] for log in logs].count("too_long_without_kafka") == 1
    after = await world.contents()
    assert await world.redis.zrange(world.keys.everyone, 0, -1) == [b"c-1"]
    assert {name for name in before if "c-1" in name} == {name for name in after if "c-1" in name}


async def test_cut_off_for_too_long_while_it_runs_it_is_built_anew(world: World) -> None:
    """As if Kafka had been away, or the process frozen: nobody has restarted it."""
    await world.commit(world.row("c-1", 0))
    async with world.projecting():
        await world.caught_up()
        await add_ghost(world)
        world.ahead_ms = 22 * HOUR_MS
        await eventually(lambda: has_none(world), "the read model is built anew")
        await world.caught_up()
    assert await world.redis.zrange(world.keys.everyone, 0, -1) == [b"c-1"]


async def test_the_retention_of_the_topic_counts(world: World) -> None:
    await world.delete_topics()
    await world.create_topics(**{"delete.retention.ms": str(2 * HOUR_MS)})
    await with_a_ghost(world)
    world.ahead_ms = HOUR_MS
    await follow(world)
    assert await has_ghost(world)
    world.ahead_ms += 2 * HOUR_MS
    async with world.projecting():
        await eventually(lambda: has_none(world), "the read model is built anew")


async def test_a_read_model_without_the_time_is_built_anew(world: World) -> None:
    await with_a_ghost(world)
    await world.redis.delete(world.keys.followed)
    async with world.projecting():
        await eventually(lambda: has_none(world), "the read model is built anew")
