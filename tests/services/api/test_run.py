"""The server: where it listens, and how it ends."""

import asyncio
import socket
import time

import httpx
import pytest

from services.api.run import AddressTakenError, run_api
from services.platform.settings import Settings
from tests.services.api.conftest import Model
from tests.services.projector.world import World, eventually


async def test_a_port_that_is_taken_is_named_with_what_to_do(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = Settings(app_id=world.app_id, api_port=port)
        with pytest.raises(AddressTakenError, match=f"port {port} .*STAMMKUNDE_API_PORT"):
            await run_api(
                settings,
                redis=world.redis_url,
                kafka=world.kafka,
                stop=asyncio.Event(),
                on_ready=print,
            )


async def test_port_zero_takes_a_free_one_and_says_which(api: httpx.AsyncClient) -> None:
    assert api.base_url.port
    assert (await api.get("/healthz")).status_code == 200


async def test_it_starts_while_redis_is_away(unused_tcp_port: int, world: World) -> None:
    away = World(world.kafka, f"redis://127.0.0.1:{unused_tcp_port}/0", world.redis)
    async with away.serving() as api:
        assert (await api.get("/healthz")).status_code == 200
        assert (await api.get("/v1/segments")).status_code == 503


async def test_small_answers_are_sent_without_nagles_delay(
    api: httpx.AsyncClient, model: Model
) -> None:
    """With it none would take less than 40 ms; without it one soon does, on any machine."""
    await model.rows("c-1")

    async def is_quick() -> bool:
        began = time.monotonic()
        await api.get("/v1/customers/c-1")
        return time.monotonic() - began < 0.035

    await eventually(is_quick, "an answer takes less than 35 ms")


async def test_made_up_methods_share_a_label(api: httpx.AsyncClient) -> None:
    for method in ("FOO", "BAR"):
        assert (await api.request(method, "/healthz")).status_code == 405
    text = (await api.get("/metrics")).text
    assert 'method="other",route="/healthz",status="405"} 2.0' in text
