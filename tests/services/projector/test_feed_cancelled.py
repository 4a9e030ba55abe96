"""A projector that is cancelled leaves no connection to Kafka open, wherever that comes."""

import pytest

from services.projector.feed import Feed
from tests.services.interrupted import left_open_by
from tests.services.projector.world import World


@pytest.mark.parametrize("again", [False, True])
async def test_a_cancelled_feed_leaves_no_connection_open(world: World, *, again: bool) -> None:
    async def use() -> None:
        async with Feed(world.kafka, world.names) as feed:
            await feed.sources()

    assert await left_open_by(use, again=again) == []
