"""Delivery from a real Kafka to real HTTP servers."""

import pytest

from tests.services.delivery.receiver import receiving
from tests.services.delivery.world import World, triggers

pytestmark = pytest.mark.e2e


async def test_each_trigger_arrives_signed_and_once(world: World) -> None:
    with receiving() as receiver:
        subscription = await world.subscribe(receiver.url)
        await world.fire(*triggers(["c-1", "c-2", "c-3"], each=3))
        async with world.delivering() as process:
            got = await receiver.until(9)
            await process.until_figure("delivered_total", subscription, 9)
        for one in got:
            body = one.verified_with(subscription.secrets[0].text)
            assert body["type"] == "retention.trigger"
            assert body["data"]["trigger_id"] == one.id
        assert len(set(receiver.ids)) == 9
