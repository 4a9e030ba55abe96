"""Triggers as server-sent events: none missed, none twice, whoever comes and goes."""

import asyncio
import random
from contextlib import AsyncExitStack

import httpx
import pytest

from tests.services.api.conftest import TOPICS, Model
from tests.services.api.streams.sse import Event, joined, listening
from tests.services.projector.records import row, trigger
from tests.services.projector.world import World, eventually
from tests.waits import LONGEST_WAIT_S
from topology.domain.rows.forward import forward
from topology.domain.rows.row import encode_row

PATH = "/v1/triggers/stream"


def ids(events: list[Event]) -> list[str]:
    return [each.data["trigger_id"] for each in events]


async def test_what_was_missed_comes_first_then_each_as_it_comes(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.record(trigger("a", 1), trigger("a", 2))
    async with listening(api, PATH) as events:
        assert ids(await events.take(2)) == ["a/win_back/1", "a/win_back/2"]
        await model.record(trigger("b", 1), partition=1)
        await model.record(trigger("a", 3))
        assert ids(await events.take(2)) == ["b/win_back/1", "a/win_back/3"]


async def test_events_are_what_the_list_has_and_ids_are_its_cursors(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.record(trigger("a", 1))
    async with listening(api, PATH) as events:
        first = await events.next()
        await model.record(trigger("a", 2))
        second = await events.next()
    listed = (await api.get("/v1/triggers")).json()
    assert [first.data, second.data] == listed["items"]
    assert (first.name, second.id) == ("trigger", listed["next"])
    beyond = (await api.get("/v1/triggers", params={"after": first.id})).json()
    assert beyond["items"] == [second.data]


async def test_the_first_frame_has_an_id_to_come_back_with(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.record(trigger("a", 1))
    async with listening(api, PATH, after="now") as events:
        await model.record(trigger("a", 2))
        await events.next()
    assert events.retry_ms == 2000
    async with listening(api, PATH, after="now") as events:
        await events.opened()
    await model.record(trigger("a", 3))
    async with listening(api, PATH, last_id=events.last_id, after="now") as events:
        assert ids([await events.next()]) == ["a/win_back/3"]


async def test_filters_by_rule_and_customer_before_and_after_joining(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.record(trigger("a", 1, "wake_up"), trigger("a", 2), trigger("b", 1))
    async with (
        listening(api, PATH, rule="wake_up") as by_rule,
        listening(api, PATH, customer="a") as by_customer,
        listening(api, PATH, customer="a", rule="wake_up") as by_both,
    ):
        assert ids([await by_rule.next()]) == ["a/wake_up/1"]
        assert ids(await by_customer.take(2)) == ["a/wake_up/1", "a/win_back/2"]
        assert ids([await by_both.next()]) == ["a/wake_up/1"]
        await eventually(lambda: joined(api, 3), "all listen")
        await model.record(trigger("b", 2, "wake_up"), trigger("a", 3), trigger("a", 4, "wake_up"))
        assert ids(await by_rule.take(2)) == ["b/wake_up/2", "a/wake_up/4"]
        assert ids(await by_customer.take(2)) == ["a/win_back/3", "a/wake_up/4"]
        assert ids([await by_both.next()]) == ["a/wake_up/4"]


async def test_who_asks_for_a_name_gets_what_is_written_under_another(
    api: httpx.AsyncClient, model: Model
) -> None:
    """Also when they are joined while somebody listens."""
    async with listening(api, PATH, customer="anon") as events:
        await model.record(trigger("anon", 1), partition=1)
        assert ids([await events.next()]) == ["anon/win_back/1"]
        await model.entries({"u-1": row("u-1", 0)})
        await model.entries({"anon": encode_row(forward("anon", "u-1", user=False))}, 1)
        await model.record(trigger("u-1", 2))
        await model.record(trigger("anon", 3), partition=1)
        assert ids([await events.next()]) == ["anon/win_back/3"]


async def test_each_trigger_comes_once_to_those_who_come_and_go(
    api: httpx.AsyncClient, model: Model
) -> None:
    """Readers hang up after a random number of events, and go on with the last id."""
    chance = random.Random(7)
    raised = [trigger(f"c-{number % 5}", number) for number in range(120)]

    async def speak() -> None:
        for each in raised:
            await model.record(each, partition=int(each.customer_id[-1]) % 3)
            if chance.random() < 0.3:
                await asyncio.sleep(0)

    async def read(customer: str | None) -> list[str]:
        wanted = [each for each in raised if customer in {None, each.customer_id}]
        params = {} if customer is None else {"customer": customer}
        seen: list[str] = []
        last: str | None = None
        while len(seen) < len(wanted):
            async with listening(api, PATH, last_id=last, **params) as events:
                left = len(wanted) - len(seen)
                seen += ids(await events.take(min(left, chance.randint(1, 30))))
                last = events.last_id
        return seen

    asked = (None, None, None, "c-1", "c-4")
    found, _ = await asyncio.gather(asyncio.gather(*(read(each) for each in asked)), speak())
    for customer, seen in zip(asked, found, strict=True):
        wanted = [each.trigger_id for each in raised if customer in {None, each.customer_id}]
        assert sorted(seen) == sorted(wanted)
        for partition in range(3):
            own = [each for each in seen if int(each.split("/")[0][-1]) % 3 == partition]
            assert own == [each for each in wanted if each in own]


async def test_a_rebuilt_read_model_repeats_nothing(api: httpx.AsyncClient, model: Model) -> None:
    """Whether it is noticed while the stream waits, or ends it."""
    await model.record(trigger("a", 1))
    async with listening(api, PATH) as events:
        await events.next()
        await model.begin()
        await model.record(trigger("a", 1), trigger("a", 2))
        found = await events.first()
    async with listening(api, PATH, last_id=events.last_id) as events:
        found += [] if found else [await events.next()]
    assert ids(found) == ["a/win_back/2"]


async def test_a_topic_that_is_made_anew_ends_the_stream(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.record(trigger("a", 1))
    async with listening(api, PATH) as events:
        await events.next()
        await eventually(lambda: joined(api, 1), "it listens")
        await model.begin({**TOPICS, "triggers": "44"})
        await model.record(trigger("a", 1))
        assert await events.rest() == []
        assert "start again without an id" in events.comments[-1]


@pytest.mark.parametrize(
    ("params", "headers", "detail"),
    [
        ({"after": "x"}, {}, "after: this is no cursor"),
        ({"after": "now"}, {"Last-Event-ID": "x"}, "Last-Event-ID: this is no cursor"),
        ({"rule": "nonsense"}, {}, "there is no rule 'nonsense'"),
        ({"wait": "3"}, {}, "wait: this parameter is not known here"),
    ],
)
async def test_what_cannot_be_used_is_refused_before_the_stream_begins(
    api: httpx.AsyncClient, params: dict[str, str], headers: dict[str, str], detail: str
) -> None:
    answer = await api.get(PATH, params=params, headers=headers)
    assert answer.status_code == 422
    assert detail in answer.json()["detail"]


async def test_no_read_model_is_a_problem_and_no_stream(world: World) -> None:
    async with world.serving() as api:
        answer = await api.get(PATH)
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("read-model-not-built")


async def test_streams_end_at_once_when_the_server_stops(world: World, model: Model) -> None:
    async with (
        httpx.AsyncClient() as client,
        AsyncExitStack() as held,
        asyncio.timeout(LONGEST_WAIT_S),
    ):
        async with world.serving() as api:
            client.base_url = api.base_url
            streams = [await held.enter_async_context(listening(client, PATH)) for _ in range(2)]
            for each in streams:
                await each.opened()
            await eventually(lambda: joined(api, 2), "they listen")
        for each in streams:
            assert await each.rest() == []
            assert each.comments[-1].startswith("the server ends; go on with")


async def test_more_listeners_than_seats_learn_to_come_back(world: World, model: Model) -> None:
    async with world.serving(api_listeners=1) as api:
        async with listening(api, PATH) as events:
            await events.opened()
            answer = await api.get(PATH)
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "5"
            assert answer.json()["type"].endswith("too-many-listeners")
            assert "STAMMKUNDE_API_LISTENERS" in answer.json()["detail"]
        await eventually(lambda: joined(api, 0), "the seat is free")
        async with listening(api, PATH) as events:
            await events.opened()
