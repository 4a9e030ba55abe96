"""One customer as server-sent events: how they are, and what happens to them."""

import httpx

from tests.services.api.conftest import TOPICS, Model
from tests.services.api.streams.sse import Event, listeners, listening
from tests.services.projector.records import micros, row, transition, trigger
from tests.services.projector.world import World, eventually
from topology.domain.rows.forward import forward
from topology.domain.rows.row import encode_row

PATH = "/v1/customers/c-1/stream"


def named(events: list[Event]) -> list[tuple[str, int]]:
    numbers = {"customer": "transitions", "transition": "sequence", "trigger": "attempt"}
    return [(each.name, each.data[numbers[each.name]]) for each in events]


async def test_the_customer_comes_first_as_in_the_lookup(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.rows("c-1")
    await model.record(transition("c-1", 1), trigger("c-1", 1))
    async with listening(api, PATH) as events:
        first = await events.next()
    assert first.name == "customer"
    assert first.data == (await api.get("/v1/customers/c-1")).json()


async def test_transitions_triggers_and_changes_come_as_they_happen(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.rows("c-1", "c-2")
    async with listening(api, PATH) as events:
        await events.next()
        await model.record(transition("c-2", 1), trigger("c-2", 1))
        await model.record(transition("c-1", 2))
        assert named([await events.next()]) == [("transition", 2)]
        await model.record(trigger("c-1", 3))
        assert named([await events.next()]) == [("trigger", 3)]
        await model.rows("c-1", days=(0, 3))
        changed = await events.next()
        assert changed.name == "customer"
        assert changed.data["facts"]["orders_in_window"] == 2


async def test_time_alone_is_no_change(api: httpx.AsyncClient, model: Model) -> None:
    await model.rows("c-1")
    async with listening(api, PATH) as events:
        await events.next()
        await model.clock(0, micros(2))
        await model.rows("c-1")
        await model.record(trigger("c-1", 1))
        assert named([await events.next()]) == [("trigger", 1)]


async def test_who_comes_back_gets_what_was_missed_once(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.rows("c-1")
    async with listening(api, PATH) as events:
        await events.next()
        await model.record(transition("c-1", 1), trigger("c-1", 1))
        await events.take(2)
    await model.record(transition("c-1", 2), trigger("c-1", 2), transition("c-1", 3))
    async with listening(api, PATH, last_id=events.last_id) as events:
        found = await events.take(4)
        assert named(found[:3]) == [("transition", 2), ("transition", 3), ("trigger", 2)]
        assert found[3].name == "customer"
        await model.record(transition("c-1", 4))
        assert named([await events.next()]) == [("transition", 4)]
    async with listening(api, PATH, last_id=found[0].id) as events:
        assert named(await events.take(3)) == [
            ("transition", 3),
            ("transition", 4),
            ("trigger", 2),
        ]


async def test_two_who_watch_the_same_one_share_what_is_read(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.rows("c-1")
    async with listening(api, PATH) as first, listening(api, PATH) as second:
        await first.next()
        await second.next()
        await model.record(transition("c-1", 1))
        assert named([await first.next()]) == named([await second.next()]) == [("transition", 1)]
        assert first.last_id == second.last_id


async def test_who_asks_for_a_name_follows_the_person(api: httpx.AsyncClient, model: Model) -> None:
    """From the row of the name to that of the user id which it has been joined with."""
    await model.rows("c-1", partition=1)
    async with listening(api, PATH) as events:
        await events.next()
        await model.entries({"u-1": row("u-1", 0, 3)})
        await model.entries({"c-1": encode_row(forward("c-1", "u-1", user=False))}, 1)
        joined = await events.next()
        assert (joined.name, joined.data["customer_id"]) == ("customer", "u-1")
        await model.record(transition("u-1", 5))
        assert named([await events.next()]) == [("transition", 5)]


async def test_who_is_removed_ends_the_stream(api: httpx.AsyncClient, model: Model) -> None:
    await model.rows("c-1")
    async with listening(api, PATH) as events:
        await events.next()
        await model.removed("c-1")
        assert await events.rest() == []
        assert events.comments[-1].startswith("nobody is known by this name any more")
    await eventually(lambda: nobody(api), "its seat is free")


async def test_topics_that_are_made_anew_end_the_stream(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.rows("c-1")
    async with listening(api, PATH) as events:
        await events.next()
        await model.begin({**TOPICS, "transitions": "44"})
        await model.rows("c-1")
        assert await events.rest() == []
        assert "start again without an id" in events.comments[-1]
    answer = await api.get(PATH, headers={"Last-Event-ID": events.last_id})
    assert answer.status_code == 422
    assert "Last-Event-ID: this cursor belongs to a topic" in answer.json()["detail"]


async def test_nobody_to_watch_is_a_problem_and_no_stream(
    api: httpx.AsyncClient, model: Model
) -> None:
    answer = await api.get("/v1/customers/nobody/stream")
    assert answer.status_code == 404
    cursor = (await api.get("/v1/triggers")).json()["next"]
    answer = await api.get(PATH, params={"after": cursor})
    assert answer.status_code == 422
    assert "after: this cursor is of another list" in answer.json()["detail"]


async def test_a_server_that_stops_lets_all_go(world: World, model: Model) -> None:
    await model.rows("c-1")
    async with httpx.AsyncClient() as client:
        async with world.serving() as api:
            client.base_url = api.base_url
            stream = listening(client, PATH)
            events = await stream.__aenter__()
            await events.next()
        assert await events.rest() == []
        assert events.comments[-1].startswith("the server ends")
        await stream.__aexit__(None, None, None)


async def nobody(api: httpx.AsyncClient) -> bool:
    return await listeners(api, "customer") == 0
