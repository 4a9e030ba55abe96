"""A world of its own for each test."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from services.tools.local_stack import Addresses
from tests.services.projector.world import World


@pytest.fixture
async def world(stack: Addresses) -> AsyncIterator[World]:
    """Topics and a read model that no other test uses."""
    async with Redis.from_url(stack.redis) as redis:
        world = World(stack.kafka, stack.redis, redis)
        await world.create_topics()
        yield world
