"""From Kafka through the projector to HTTP: the same answers, whatever happens to Redis."""

import asyncio
import time
from typing import Any

import httpx

from tests.services.projector.records import micros, transition, trigger
from tests.services.projector.world import Sent, World, eventually
from tests.waits import AT_ONCE_S, LONGEST_WAIT_S

CUSTOMERS = [f"c/{number}" for number in range(12)]


def history(world: World) -> list[list[Sent]]:
    return [
        [
            *(world.row(each, *range(day)) for each in CUSTOMERS[day:]),
            *(world.published(transition(each, day)) for each in CUSTOMERS),
            *(world.published(trigger(each, day)) for each in CUSTOMERS),
            *world.clocks(micros(day)),
        ]
        for day in range(1, 6)
    ]


async def everything(api: httpx.AsyncClient) -> dict[str, bytes]:
    """Every answer that there is, as bytes."""
    paths = ["/v1/segments", "/v1/customers", "/v1/customers?segment=new", "/v1/triggers"]
    for each in CUSTOMERS[1:]:
        own = "/v1/customers/" + each.replace("/", "%2F")
        paths += [own, f"{own}/transitions", f"{own}/triggers", f"{own}/why"]
    found = {}
    for path in paths:
        answer = await api.get(path)
        assert answer.status_code == 200, answer.text
        found[path] = answer.content
    return found


async def test_emptying_redis_gives_the_same_answers(lone_world: World) -> None:
    world = lone_world
    async with world.serving() as api:
        async with world.projecting():
            for batch in history(world):
                await world.commit(*batch)
            await world.caught_up()
            before = await everything(api)
            await world.redis.flushall()
            assert (await api.get("/v1/segments")).status_code in {200, 503}
            await world.caught_up()
            assert await everything(api) == before
        await world.redis.flushall()
        assert (await api.get("/v1/segments")).status_code == 503
        await world.project()
        assert await everything(api) == before


async def test_a_subscriber_gets_each_trigger_once_through_it_all(lone_world: World) -> None:
    world, expected = lone_world, [f"{c}/win_back/{day}" for day in range(1, 6) for c in CUSTOMERS]
    seen: list[str] = []

    async def subscribe(api: httpx.AsyncClient) -> None:
        params: dict[str, Any] = {"wait": 5, "limit": 7}
        while len(seen) < len(expected):
            answer = await api.get("/v1/triggers", params=params)
            if answer.status_code == 200:
                page = answer.json()
                seen.extend(each["trigger_id"] for each in page["items"])
                params["after"] = page["next"]

    async with world.serving() as api, world.projecting():
        subscriber = asyncio.create_task(subscribe(api))
        for number, batch in enumerate(history(world)):
            await world.commit(*batch)
            if number == 2:
                await world.redis.flushall()
        async with asyncio.timeout(LONGEST_WAIT_S):
            await subscriber
        assert (await api.get("/v1/triggers", params={"limit": 1000})).json()["items"]
    assert sorted(seen) == sorted(expected)


async def test_a_long_poll_is_answered_when_a_trigger_is_committed_and_not_at_its_end(
    lone_world: World,
) -> None:
    world = lone_world
    await world.commit(world.row("c-1", 0))
    async with world.serving() as api, world.projecting():
        await world.caught_up()
        polling = asyncio.create_task(api.get("/v1/triggers", params={"wait": 60}))

        async def waits() -> bool:
            return "stammkunde_http_waiting 1.0" in (await api.get("/metrics")).text

        await eventually(waits, "it waits")
        await world.commit(world.published(trigger("c-1", 1)))
        committed = time.perf_counter()
        assert (await polling).json()["items"]
        assert time.perf_counter() - committed < AT_ONCE_S


async def test_ready_and_fresh_with_a_real_projector(lone_world: World) -> None:
    world = lone_world
    async with world.serving() as api:
        assert (await api.get("/readyz")).status_code == 503

        async def ready() -> bool:
            return (await api.get("/readyz")).status_code == 200

        async with world.projecting():
            await world.commit(world.row("c-1", 0), *world.clocks(micros(1)))
            await eventually(ready, "it is ready")
        assert (await api.get("/readyz")).status_code == 503
