"""A world of its own for each test."""

from collections.abc import AsyncIterator

import pytest

from services.tools.local_stack import Addresses
from tests.services.webhooks.world import World


@pytest.fixture
async def world(stack: Addresses) -> AsyncIterator[World]:
    """Topics, subscriptions and progress that no other test uses."""
    async with World.made(stack.kafka) as world:
        yield world
