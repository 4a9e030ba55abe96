"""A worker that makes no progress ends, and says where; one that only waits for Kafka does not."""

import random

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tests.topology.batching.conftest import OpenRoom
from tests.topology.batching.counting import Event
from tests.topology.batching.kafka import administration
from tests.topology.batching.room import Room
from tests.topology.batching.worker import Worker

pytestmark = pytest.mark.timeout(60)


async def hold_up_commits(room: Room) -> None:
    """From now on the broker refuses large rows, and takes the markers of transactions."""
    setting = {"cleanup.policy": "compact", "max.message.bytes": "1000"}
    async with administration(room.servers) as admin:
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, room.config.changelog, setting)]
        )


async def test_a_worker_that_can_not_commit_ends_and_says_where_it_stands(
    open_room: OpenRoom,
) -> None:
    """It names the partition, its position and the source's end; the status is 1."""
    room = await open_room(
        partitions=1, sources=1, commit_timeout=1.0, stall_timeout=4.0, clock_commit_interval=1e9
    )
    with Worker.started(room) as worker:
        await worker.until_ready()
        await room.feed([Event(b"anna", n) for n in range(3)])
        await room.until_counted(3)
        await hold_up_commits(room)
        large = random.Random(1).randbytes(5_000)
        await room.feed([Event(large, n) for n in range(3, 5)])
        await worker.ended()
        assert worker.status == 1
        assert worker.said.count("letting go") < 8, "each time all workers stand still briefly"
        assert "worker ends" in worker.said
        assert "partition 0 has made no progress for" in worker.said
        assert f"{room.config.sources[0]} is at 3 of 5" in worker.said
