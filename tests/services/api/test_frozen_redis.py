"""A Redis that is frozen: the API says so soon, and at once from then on."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from services.tools.local_stack import ValkeyServer
from tests.services.api.conftest import Model
from tests.services.api.test_problems import check
from tests.services.frozen import frozen
from tests.services.projector.world import World, eventually
from tests.waits import AT_ONCE_S

pytestmark = pytest.mark.e2e
PATHS = ("/v1/customers/c-1", "/v1/segments", "/v1/triggers?wait=9", "/readyz", "/v1/suppressions")


@pytest.fixture
async def api(lone_world: World) -> AsyncIterator[httpx.AsyncClient]:
    """An API with a Redis of its own."""
    model = Model(lone_world)
    await model.begin()
    await model.rows("c-1")
    async with lone_world.serving() as client:
        yield client


async def test_it_is_reported_soon_and_then_at_once(
    api: httpx.AsyncClient, valkey: ValkeyServer
) -> None:
    assert (await api.get("/v1/customers/c-1")).status_code == 200
    with frozen(valkey.pid):
        answers = await asyncio.gather(*(api.get(path) for path in PATHS))
        for answer in answers:
            check(answer, 503, "redis-away")
        began = time.monotonic()
        for _ in range(10):
            for path in PATHS:
                check(await api.get(path), 503, "redis-away")
        assert time.monotonic() - began < AT_ONCE_S  # With a second each it would be more.
        assert (await api.get("/healthz")).json() == {"status": "ok"}
        text = (await api.get("/metrics")).text
        assert 'stammkunde_breaker_open{server="redis"} 1.0' in text
        assert 'stammkunde_breaker_open{server="kafka"} 0.0' in text
        assert 'stammkunde_breaker_opened_total{server="redis"} 1.0' in text
        assert "stammkunde_read_model_up 0.0" in text

    async def answered() -> bool:
        return (await api.get("/v1/customers/c-1")).status_code == 200

    await eventually(answered, "it answers again")
    assert 'breaker_open{server="redis"} 0.0' in (await api.get("/metrics")).text
