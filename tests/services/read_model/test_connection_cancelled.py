"""A cancelled caller leaves no connection to Redis open, wherever the cancellation comes."""

import pytest

from services.read_model.connection import connect
from services.tools.local_stack import Addresses
from tests.services.interrupted import left_open_by


@pytest.mark.parametrize("again", [False, True])
async def test_a_cancelled_caller_leaves_no_connection_open(
    stack: Addresses, *, again: bool
) -> None:
    async def use() -> None:
        async with connect(stack.redis) as redis:
            await redis.ping()
            await redis.get("nothing")

    assert await left_open_by(use, again=again) == []
