"""The read model may be lost at any time: the projector builds the same one again."""

import random

from structlog.testing import capture_logs

from tests.services.projector.records import micros, transition, trigger
from tests.services.projector.world import Sent, World, as_bytes, eventually


def some_history(world: World) -> list[list[Sent]]:
    """Batches as a worker would commit them."""
    customers = [f"c-{number}" for number in range(30)]
    batches = []
    for day in range(1, 5):
        batch = [
            part
            for each in customers
            for part in (
                world.row(each, *range(day)),
                world.published(transition(each, day)),
                world.published(trigger(each, day)),
            )
        ]
        batches.append([*batch, *world.clocks(micros(day))])
    return batches


async def test_emptied_while_stopped_it_is_built_again_the_same(lone_world: World) -> None:
    for batch in some_history(lone_world):
        await lone_world.commit(*batch)
    await lone_world.project()
    before = await lone_world.contents()
    assert before["built"] == str(lone_world.partitions).encode()
    await lone_world.redis.flushall()
    await lone_world.project()
    assert await lone_world.contents() == before


async def test_emptied_while_running_it_is_built_again_the_same(lone_world: World) -> None:
    first, second, *rest = some_history(lone_world)
    async with lone_world.projecting():
        await lone_world.commit(*first)
        await lone_world.caught_up()
        await lone_world.commit(*second)
        await lone_world.redis.flushall()
        for batch in rest:
            await lone_world.commit(*batch)
        await lone_world.caught_up()
        emptied = await lone_world.contents()
    await lone_world.redis.flushall()
    await lone_world.project()
    assert await lone_world.contents() == emptied


async def test_emptied_while_nothing_happens_it_is_noticed(lone_world: World) -> None:
    await lone_world.commit(*some_history(lone_world)[0])
    async with lone_world.projecting():
        await lone_world.caught_up()
        before = await lone_world.contents()
        with capture_logs() as logs:
            await lone_world.redis.flushall()
            await lone_world.caught_up()
        assert await lone_world.contents() == before
    assert [log["event"] for log in logs].count("read_model_lost") == 1


async def test_restored_from_an_older_dump_it_catches_up(lone_world: World) -> None:
    first, *rest = some_history(lone_world)
    async with lone_world.projecting():
        await lone_world.commit(*first)
        await lone_world.caught_up()
        dump = await dumped(lone_world)
        for batch in rest:
            await lone_world.commit(*batch)
        await lone_world.caught_up()
        before = await lone_world.contents()
        await restore(lone_world, dump)
        await eventually(lambda: same(lone_world, before), "it is as it was")


async def test_stopped_in_the_middle_it_goes_on_where_it_was(world: World) -> None:
    batches = some_history(world)
    for batch in batches:
        await world.commit(*batch)
        if random.random() < 0.5:
            await world.project()
    await world.project()
    piecewise = await world.contents()
    for key in await world.redis.keys(world.keys.prefix + "*"):
        await world.redis.delete(key)
    await world.project()
    assert await world.contents() == piecewise


async def test_topics_created_anew_mean_a_new_read_model(world: World) -> None:
    await world.commit(*some_history(world)[0])
    async with world.projecting():
        await world.caught_up()
        with capture_logs() as logs:
            await world.delete_topics()
            await world.create_topics()
            await world.commit(world.row("only", 0))
            await eventually(lambda: knows_only(world, b"only"), "the old ones are gone")
            await world.caught_up()
    assert [log["event"] for log in logs].count("topics_created_anew") == 1
    found = await world.contents()
    assert found["everyone"] == [(b"only", 0)]
    assert not any(name.startswith("transitions:") for name in found)


async def test_records_that_kafka_lost_mean_a_new_read_model(world: World) -> None:
    await world.commit(world.row("c-1", 0, at=0), world.published(trigger("c-1", 1), at=0))
    await world.project()
    await world.redis.hset(world.keys.offsets, "rows:0", 1_000_000)
    with capture_logs() as logs:
        async with world.projecting():
            await eventually(lambda: is_at(world, "rows:0", 1), "it begins anew")
            await world.caught_up()
    assert [log["event"] for log in logs].count("records_gone_from_topics") == 1
    assert (await world.contents())["everyone"] == [(b"c-1", 0)]


async def test_another_version_of_the_read_model_is_removed(world: World) -> None:
    old = world.keys.family + "0:rows"
    await world.redis.hset(old, "c-1", "whatever")
    await world.commit(world.row("c-1", 0))
    async with world.projecting():
        await eventually(lambda: gone(world, old), "the old version is gone")
    assert (await world.contents())["everyone"] == [(b"c-1", 0)]


async def test_the_remains_of_an_interrupted_drop_do_not_stay(world: World) -> None:
    await world.redis.hset(world.keys.rows, "ghost", "whatever")
    await world.redis.zadd(world.keys.everyone, {"ghost": 0})
    await world.commit(world.row("c-1", 0))
    await world.project()
    assert (await world.contents())["everyone"] == [(b"c-1", 0)]


async def dumped(world: World) -> dict[bytes, bytes]:
    keys = await world.redis.keys("*")
    return {as_bytes(key): as_bytes(await world.redis.dump(key)) for key in keys}


async def restore(world: World, dump: dict[bytes, bytes]) -> None:
    pipe = world.redis.pipeline(transaction=True)
    pipe.flushall()
    for key, value in dump.items():
        pipe.restore(key, 4_000 if key.endswith((b"owner", b"alive")) else 0, value)
    await pipe.execute()


async def same(world: World, before: dict[str, object]) -> bool:
    return await world.contents() == before


async def knows_only(world: World, customer: bytes) -> bool:
    return bool(await world.redis.zrange(world.keys.everyone, 0, -1) == [customer])


async def is_at(world: World, place: str, offset: int) -> bool:
    return await world.redis.hget(world.keys.offsets, place) == str(offset).encode()


async def gone(world: World, key: str) -> bool:
    return not await world.redis.exists(key)
