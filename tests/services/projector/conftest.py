"""A world of its own for each test, on the shared Kafka and Redis or on a Redis of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.tools.local_stack import Addresses, ValkeyServer
from tests.services.projector.world import World


@pytest.fixture
async def world(stack: Addresses) -> AsyncIterator[World]:
    """Topics and a read model that no other test uses."""
    async with Redis.from_url(stack.redis) as redis:
        world = World(stack.kafka, stack.redis, redis)
        await world.create_topics()
        yield world


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[ValkeyServer]:
    """A Redis that the test may empty or kill."""
    server = ValkeyServer(tmp_path / "valkey")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def lone_world(stack: Addresses, valkey: ValkeyServer) -> AsyncIterator[World]:
    """A world with a Redis of its own."""
    async with Redis.from_url(valkey.url) as redis:
        world = World(stack.kafka, valkey.url, redis)
        await world.create_topics()
        yield world
