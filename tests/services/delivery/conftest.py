"""A world of its own for each test."""

from collections.abc import AsyncIterator

import pytest

from services.local import Addresses
from tests.services.delivery.world import World


@pytest.fixture
async def world(stack: Addresses) -> AsyncIterator[World]:
    """Topics, subscriptions and progress that no other test uses."""
    async with World.made(stack.kafka) as world:
        yield world
