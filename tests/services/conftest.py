"""Worlds for the services' tests: on the shared servers, or with a Redis of their own."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from services.read_model.writer import Writer
from services.tools.local_stack import Addresses, ValkeyServer
from tests.services.projector.world import World

TOPICS: Final = {"rows": "1", "transitions": "2", "triggers": "3"}


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[ValkeyServer]:
    """A Redis that the test may empty or kill."""
    server = ValkeyServer(tmp_path / "valkey")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def lone_world(stack: Addresses, valkey: ValkeyServer) -> AsyncIterator[World]:
    """A world with a Redis of its own, and topics."""
    async with Redis.from_url(valkey.url) as redis:
        world = World(stack.kafka, valkey.url, redis)
        await world.create_topics()
        yield world


@pytest.fixture
async def bare(stack: Addresses) -> AsyncIterator[World]:
    """A world that needs no topics."""
    async with Redis.from_url(stack.redis) as redis:
        yield World(stack.kafka, stack.redis, redis)


@pytest.fixture
async def writer(bare: World) -> Writer:
    """A writer that has begun a read model in the bare world."""
    writer = Writer(bare.redis, bare.keys, "mine")
    await writer.acquire()
    await writer.begin(TOPICS, 0)
    return writer
