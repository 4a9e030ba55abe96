"""The trigger log over HTTP: pages, filters, long poll."""

import asyncio
import time
from typing import Any

import httpx

from tests.services.api.conftest import TOPICS, Model
from tests.services.projector.records import micros, trigger
from tests.services.projector.world import World, eventually
from tests.waits import AT_ONCE_S


async def page(api: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    answer = await api.get("/v1/triggers", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [each["trigger_id"] for each in found["items"]]


async def test_triggers_come_in_the_brokers_order_over_partitions(
    api: httpx.AsyncClient, model: Model
) -> None:
    now = int(time.time() * 1000)
    for partition, customer in ((0, "a"), (1, "b"), (2, "c")):
        for number in range(3):
            raised = trigger(customer, number)
            await model.record(
                raised, partition=partition, appended_ms=now + 10 * number + partition
            )
    seen: list[str] = []
    cursor = None
    while (found := await page(api, limit=2, **({"after": cursor} if cursor else {})))["items"]:
        seen += ids(found)
        cursor = found["next"]
    assert seen == [f"{customer}/win_back/{number}" for number in range(3) for customer in "abc"]
    assert found["next"] == cursor


async def test_a_partition_that_commits_late_is_not_missed(
    api: httpx.AsyncClient, model: Model
) -> None:
    now = int(time.time() * 1000)
    await model.record(trigger("a", 1), partition=0, appended_ms=now + 100)
    first = await page(api)
    await model.record(trigger("b", 1), partition=1, appended_ms=now)
    await model.record(trigger("a", 2), partition=0, offset=7, appended_ms=now + 200)
    assert ids(first) == ["a/win_back/1"]
    assert ids(await page(api, after=first["next"])) == ["b/win_back/1", "a/win_back/2"]


async def test_filters_by_rule_and_customer(api: httpx.AsyncClient, model: Model) -> None:
    await model.record(trigger("a", 1, "win_back"), trigger("a", 2, "wake_up"))
    await model.record(trigger("b", 1, "wake_up"), partition=1)
    assert ids(await page(api, rule="wake_up")) == ["a/wake_up/2", "b/wake_up/1"]
    assert ids(await page(api, customer="a")) == ["a/win_back/1", "a/wake_up/2"]
    assert ids(await page(api, customer="a", rule="wake_up")) == ["a/wake_up/2"]
    assert ids(await page(api, customer="nobody")) == []
    assert ids(await page(api, rule="nurture")) == []


async def test_a_rule_that_only_old_triggers_know_can_be_asked_for(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.record(trigger("a", 1, "a rule of old"))
    assert ids(await page(api, rule="a rule of old")) == ["a/a rule of old/1"]


async def test_the_answer_says_as_of_and_always_a_cursor(
    api: httpx.AsyncClient, model: Model
) -> None:
    empty = await page(api)
    assert empty["as_of"] is None
    await model.clock(0, micros(3))
    await model.record(trigger("a", 1))
    found = await page(api, after=empty["next"])
    assert ids(found) == ["a/win_back/1"]
    assert found["as_of"].startswith("2026-01-04T12:00:00")


async def test_a_long_poll_wakes_when_a_trigger_comes(api: httpx.AsyncClient, model: Model) -> None:
    polling = asyncio.create_task(page(api, wait=60))
    await eventually(lambda: has_waiting(api, 1), "it waits")
    began = time.perf_counter()
    await model.record(trigger("a", 1))
    assert ids(await polling) == ["a/win_back/1"]
    assert time.perf_counter() - began < AT_ONCE_S


async def test_a_long_poll_sleeps_on_when_others_triggers_come(
    api: httpx.AsyncClient, model: Model
) -> None:
    polling = asyncio.create_task(page(api, wait=30, customer="b"))
    await eventually(lambda: has_waiting(api, 1), "it waits")
    await model.record(trigger("a", 1))
    assert ids(await page(api)) == ["a/win_back/1"]
    assert not polling.done()
    await model.record(trigger("b", 1))
    assert ids(await polling) == ["b/win_back/1"]


async def test_a_long_poll_ends_empty_when_its_time_is_over(api: httpx.AsyncClient) -> None:
    began = time.perf_counter()
    found = await page(api, wait=0.3)
    assert found["items"] == []
    assert found["next"]
    assert time.perf_counter() - began >= 0.3


async def test_who_hangs_up_frees_the_place(api: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(base_url=api.base_url) as other:
        polling = asyncio.create_task(page(other, wait=60))
        await eventually(lambda: has_waiting(api, 1), "it waits")
        polling.cancel()
        await eventually(lambda: has_waiting(api, 0), "its place is free")


async def test_long_polls_end_at_once_when_the_server_stops(world: World, model: Model) -> None:
    async with httpx.AsyncClient() as client:
        async with world.serving() as api:
            polling = asyncio.create_task(
                client.get(f"{api.base_url}/v1/triggers", params={"wait": 60})
            )
            await eventually(lambda: has_waiting(api, 1), "it waits")
            began = time.perf_counter()
        assert time.perf_counter() - began < AT_ONCE_S
        answer = await polling
    assert answer.status_code == 200
    assert answer.json()["items"] == []


async def test_a_cursor_outlives_the_read_model_but_not_the_topic(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.record(trigger("a", 1))
    cursor = (await page(api))["next"]
    await model.begin()
    await model.record(trigger("a", 1), trigger("a", 2))
    assert ids(await page(api, after=cursor)) == ["a/win_back/2"]
    await model.begin({**TOPICS, "triggers": "44"})
    answer = await api.get("/v1/triggers", params={"after": cursor})
    assert answer.status_code == 422
    assert "deleted since" in answer.json()["detail"]


async def has_waiting(api: httpx.AsyncClient, count: int) -> bool:
    text = (await api.get("/metrics")).text
    return f"stammkunde_http_waiting {count}.0\n" in text
