"""What waits for listeners: bounded, shared, and the slow hold up nobody for long."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest

from services.api.streams.event_stream import OVER, STOPPING, TOO_SLOW, closing, event
from services.api.streams.listeners import MOST_WAITING, Audience, Listener, live
from tests.services.api.conftest import Model
from tests.services.api.streams.sse import joined, listening
from tests.services.projector.records import trigger
from tests.services.projector.world import World, eventually
from tests.waits import AT_ONCE_S, LONGEST_WAIT_S

PIECE = b"x" * 1000


def fill(listener: Listener) -> None:
    while not listener.full:
        listener.put(PIECE)


async def test_what_waits_is_taken_at_once_and_in_order() -> None:
    listener = Audience().admit()
    listener.put(b"a")
    listener.put(b"b")
    assert await listener.take(1) == b"ab"
    assert await listener.take(0.001) == b""


async def test_who_has_no_room_is_cut_off_and_gets_nothing_more() -> None:
    listener = Audience().admit()
    fill(listener)
    assert not listener.closed
    listener.put(PIECE)
    listener.put(PIECE)
    listener.close("another reason")
    assert (listener.closed, await listener.take(1)) == (TOO_SLOW, b"")


async def test_what_waits_at_the_end_is_still_sent() -> None:
    listener = Audience().admit()
    listener.put(b"last\n\n")
    listener.close(STOPPING)
    assert [each async for each in live(listener)] == [
        b"last\n\n",
        b": the server ends; go on with the header Last-Event-ID\n\n",
    ]


def test_no_line_break_in_the_json_of_an_event_ends_it() -> None:
    """Neither one that somebody wrote between fields, nor one that only Unicode calls so."""
    data = json.dumps({"a": "1\x85\u2028\u2029é"}, ensure_ascii=False, indent=1).encode()
    sent = event("trigger", "p", data).decode()
    assert len(sent.splitlines()) == 4
    assert json.loads(sent.splitlines()[2].removeprefix("data: ")) == json.loads(data)


async def test_silence_is_filled_with_heartbeats() -> None:
    listener = Audience().admit()
    stream = live(listener, heartbeat_s=0.01)
    assert [await anext(stream) for _ in range(3)] == [b":\n\n"] * 3
    await stream.aclose()


async def test_a_stream_ends_after_an_hour() -> None:
    """Nothing is lost by that: what waits is sent before."""
    listener = Audience().admit()
    listener.put(b"one\n\n")
    stream = live(listener, most_age_s=-1)
    assert await anext(stream) == b"one\n\n"
    listener.put(b"two\n\n")
    assert await anext(stream) == b"two\n\n"
    assert await anext(stream) == closing(OVER)
    assert listener.closed == OVER


async def test_the_feed_waits_for_those_who_keep_up_and_not_long_for_who_does_not() -> None:
    audience = Audience(most_timeout_s=LONGEST_WAIT_S, few_timeout_s=0.05)
    quick, quicker, stuck = (audience.admit() for _ in range(3))
    for each in audience:
        fill(each)
    room = asyncio.create_task(audience.make_room())
    await asyncio.sleep(0)
    assert not room.done()
    await quick.take(1)
    await quicker.take(1)
    began = time.monotonic()
    await room
    assert time.monotonic() - began < AT_ONCE_S
    assert [each.full for each in (quick, quicker, stuck)] == [False, False, True]


async def test_who_leaves_is_not_waited_for() -> None:
    audience = Audience(most_timeout_s=30, few_timeout_s=30)
    gone = audience.admit()
    fill(gone)
    room = asyncio.create_task(audience.make_room())
    await asyncio.sleep(0)
    audience.dismiss(gone)
    await asyncio.wait_for(room, LONGEST_WAIT_S)


@pytest.fixture
async def deaf(world: World, api: httpx.AsyncClient) -> AsyncIterator[socket.socket]:
    """A listener who reads nothing."""
    address = (api.base_url.host, api.base_url.port)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(address)
        client.sendall(b"GET /v1/triggers/stream?after=now HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        yield client


async def test_a_listener_who_reads_nothing_is_cut_off_and_the_others_go_on(
    api: httpx.AsyncClient, model: Model, deaf: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.api.streams.event_stream.SEND_S", 0.5)
    large = trigger("a", 1).model_copy(update={"reason": "x" * (MOST_WAITING // 2)})
    async with listening(api, "/v1/triggers/stream", after="now") as events:
        await events.opened()
        await eventually(lambda: joined(api, 2), "both listen")
        for number in range(40):
            await model.record(large.model_copy(update={"trigger_id": str(number)}))
            assert (await events.next()).data["trigger_id"] == str(number)
        await eventually(lambda: joined(api, 1), "the deaf one is gone")


async def test_many_who_come_at_once_are_all_let_in(world: World, model: Model) -> None:
    """Also when they are more than there are connections to Redis."""
    await model.record(trigger("a", 1))

    async def come(api: httpx.AsyncClient) -> str:
        async with listening(api, "/v1/triggers/stream") as events:
            return str((await events.next()).data["trigger_id"])

    async with world.serving() as api:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(
            base_url=api.base_url, timeout=LONGEST_WAIT_S, limits=limits
        ) as client:
            found = await asyncio.gather(*(come(client) for _ in range(150)))
    assert found == ["a/win_back/1"] * 150


@pytest.mark.parametrize("customers", [1, 50])
async def test_a_trigger_is_read_once_for_all_listeners(
    world: World, model: Model, customers: int
) -> None:
    """Also when each of them asks for another customer."""
    asked = [f"c-{number % customers}" for number in range(50)]
    async with AsyncExitStack() as held:
        api = await held.enter_async_context(world.serving())
        path, after = "/v1/triggers/stream", "now"
        streams = [
            await held.enter_async_context(listening(api, path, after=after, customer=each))
            for each in asked
        ]
        for each in streams:
            await each.opened()
        await model.record(*(trigger(customer, 1) for customer in sorted(set(asked))))
        for each in streams:
            await each.next()
        before = await reads(world)
        await model.record(*(trigger(customer, 2) for customer in sorted(set(asked))))
        found = [await each.next() for each in streams]
        assert [each.data["customer_id"] for each in found] == asked
        # One read for each message of Redis, of which each call of `record` has one; some are idle.
        assert await reads(world) - before <= 2 * customers + 5


async def reads(world: World) -> int:
    """How often the log of the triggers has been read."""
    found = await world.redis.info("commandstats")
    return int(found["cmdstat_zrange"]["calls"])
