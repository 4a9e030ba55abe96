"""The projector waits for a server that is away, and logs that once."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from services.platform.settings import Settings
from services.platform.tasks import end, run_until_first_exits
from services.projector.run import Projector, run_projector
from services.tools.local_stack import ValkeyServer
from tests.services.projector.records import trigger
from tests.services.projector.world import World, eventually
from tests.waits import LONGEST_WAIT_S

SECONDS_OF_PEACE = 1.5


@pytest.fixture(autouse=True)
def all_is_worth_telling_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.platform.outage.WORTH_LOGGING_S", 0.3)


async def test_it_waits_for_missing_topics(world: World) -> None:
    await world.delete_topics()
    with capture_logs() as logs:
        async with world.projecting():
            await eventually(lambda: logged(logs, "topics_away"), "it logs that topics are missing")
            await world.create_topics()
            await world.commit(world.row("c-1", 0))
            await world.caught_up()
    events = [log["event"] for log in logs]
    assert events.count("topics_away") == events.count("topics_back") == 1
    assert world.names.rows in next(log["reason"] for log in logs if "reason" in log)


async def test_it_waits_for_a_redis_that_died(lone_world: World, valkey: ValkeyServer) -> None:
    with capture_logs() as logs:
        async with lone_world.projecting():
            await lone_world.commit(lone_world.row("c-1", 0))
            await lone_world.caught_up()
            valkey.kill()
            await lone_world.commit(
                lone_world.row("c-2", 0), lone_world.published(trigger("c-2", 1))
            )
            await eventually(lambda: logged(logs, "redis_away"), "it logs that Redis is away")
            await valkey.start()
            await lone_world.caught_up()
    events = [log["event"] for log in logs]
    assert events.count("redis_away") == events.count("redis_back") == 1
    found = await lone_world.contents()
    assert [each for each, _ in found["everyone"]] == [b"c-1", b"c-2"]


async def test_it_logs_once_that_kafka_is_away(world: World, unused_tcp_port: int) -> None:
    away = Projector(
        kafka=f"127.0.0.1:{unused_tcp_port}",
        redis=world.redis_url,
        names=world.names,
        keys=world.keys,
    )
    with capture_logs() as logs:
        task = asyncio.create_task(away.run())
        await eventually(lambda: logged(logs, "kafka_away"), "it logs that Kafka is away")
        await asyncio.sleep(SECONDS_OF_PEACE)
        await end([task])
    assert [log["event"] for log in logs].count("kafka_away") == 1, "and it is told once"


async def test_a_second_projector_waits_for_its_turn(world: World) -> None:
    await world.commit(world.row("c-1", 0))
    with capture_logs() as logs:
        async with world.projecting():
            await world.caught_up()
            async with world.projecting():
                await eventually(lambda: logged(logs, "turn_away"), "the second one waits")
                assert not await logged(logs, "turn_back")
        async with world.projecting():
            await world.commit(world.row("c-2", 0))
            await world.caught_up()
    assert await world.redis.zcard(world.keys.everyone) == 2


async def test_it_ends_when_it_is_stopped(world: World) -> None:
    stop = asyncio.Event()
    settings = Settings(app_id=world.app_id)
    task = asyncio.create_task(
        run_projector(settings, kafka=world.kafka, redis=world.redis_url, stop=stop)
    )
    stop.set()
    async with asyncio.timeout(LONGEST_WAIT_S):
        await task
    assert not await world.redis.exists(world.keys.owner)


async def test_a_task_that_swallows_its_cancellation_is_cancelled_again() -> None:
    async def deaf() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(30)
        await asyncio.sleep(30)

    async def failing() -> None:
        raise LookupError

    async with asyncio.timeout(LONGEST_WAIT_S):
        with pytest.raises(LookupError):
            await run_until_first_exits(deaf(), failing())


async def logged(logs: Sequence[Mapping[str, object]], event: str) -> bool:
    return any(log["event"] == event for log in logs)
