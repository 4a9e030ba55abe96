"""A worker that makes no progress ends, and says where; one that only waits for Kafka does not."""

import random
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from faust.types import TP

from tests.topology.batching.conftest import OpenRoom
from tests.topology.batching.counting import Event
from tests.topology.batching.kafka import administration
from tests.topology.batching.room import Room
from tests.topology.batching.worker import Worker
from topology.batching.config import BatchConfig
from topology.batching.errors import StalledError
from topology.batching.ownership import Failures
from topology.batching.partition import Partition
from topology.batching.watchdog import Watchdog


class Group:
    """An ownership that waits for the group to give partition 3 back to it."""

    assigned = frozenset({3})
    failures: ClassVar[dict[int, Failures]] = {}

    def __iter__(self) -> Iterator[Partition]:
        return iter(())


class Brokers:
    """OffsetClient of sources, while the brokers are there to be asked."""

    are_away = False

    async def end_offsets(self, tps: Iterable[TP]) -> Mapping[TP, int] | None:
        return None if self.are_away else dict.fromkeys(tps, 0)


class Looking:
    """A watchdog that looks whenever the test says so, after as many seconds as it says."""

    def __init__(self) -> None:
        self.brokers = Brokers()
        self.held_up: dict[int, float] = {}
        self._now = 0.0
        config = BatchConfig("app", "nowhere", ("source",), "changelog", 1)
        group: Any = Group()
        brokers: Any = self.brokers
        self._watchdog = Watchdog(
            config, group, brokers, lambda _: None, lambda: self._now, lambda: self.held_up
        )

    async def check(self, times: int, every: float = 5.0) -> list[StalledError]:
        """What so many looks find."""
        found = []
        for _ in range(times):
            self._now += every
            found.append(await self._watchdog._check())
        return [one for one in found if one is not None]


async def test_a_partition_that_does_not_come_back_is_found_after_two_minutes() -> None:
    """With the default settings; it is said which and for how long."""
    looking = Looking()
    assert not await looking.check(24)
    [found] = await looking.check(1)
    assert str(found) == (
        "partition 3 has made no progress for 120 s: it waits for the group to assign it again"
    )


async def test_the_log_says_if_the_partition_holds_up_the_clock_of_all_others() -> None:
    """Then more stands still than this partition's customers."""
    looking = Looking()
    looking.held_up = {2: 300.0, 3: 95.4}
    [found] = await looking.check(25)
    assert str(found).endswith("; it has held up the clock of all partitions for 95 s")


async def test_while_kafka_is_away_nothing_is_decided() -> None:
    """The time of its absence does not count, however long it is."""
    looking = Looking()
    assert not await looking.check(20)
    looking.brokers.are_away = True
    assert not await looking.check(1_000)
    looking.brokers.are_away = False
    assert not await looking.check(5)
    assert await looking.check(1)


async def test_a_worker_that_was_frozen_as_a_whole_gets_its_time() -> None:
    """A laptop that was closed over night is no stall."""
    looking = Looking()
    assert not await looking.check(2)
    assert not await looking.check(1, every=50_000.0)
    assert not await looking.check(20)
    assert await looking.check(2)


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
        assert worker.output.count("releasing a partition") < 8, (
            "each time all workers stand still briefly"
        )
        assert "worker ends" in worker.output
        assert "partition 0 has made no progress for" in worker.output
        assert f"{room.config.sources[0]} is at 3 of 5" in worker.output
