"""The watchdog ends a worker without progress, but not one that waits for Kafka."""

import random
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from faust.types import TP

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import Event
from tests.topology.batching.kafka import administration
from tests.topology.batching.sandbox import Sandbox
from tests.topology.batching.worker import Worker
from topology.batching.config import BatchConfig
from topology.batching.errors import StalledError
from topology.batching.ownership import Failures
from topology.batching.partition import Partition
from topology.batching.watchdog import Watchdog


class Group:
    """A fake ownership that waits for the group to assign partition 3 again."""

    assigned = frozenset({3})
    failures: ClassVar[dict[int, Failures]] = {}

    def __iter__(self) -> Iterator[Partition]:
        return iter(())


class Brokers:
    """A fake offset client. Its brokers may be away."""

    are_away = False

    async def end_offsets(self, tps: Iterable[TP]) -> Mapping[TP, int] | None:
        return None if self.are_away else dict.fromkeys(tps, 0)


class Checked:
    """A watchdog that checks when the test says so, after the given number of seconds."""

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
        """Check this number of times, and return the errors."""
        found = []
        for _ in range(times):
            self._now += every
            found.append(await self._watchdog._check())
        return [one for one in found if one is not None]


async def test_a_partition_that_does_not_come_back_is_found_after_two_minutes() -> None:
    """With the default settings. The message names the partition and the time."""
    worker = Checked()
    assert not await worker.check(24)
    [found] = await worker.check(1)
    assert str(found) == (
        "partition 3 has made no progress for 120 s: it waits for the group to assign it again"
    )


async def test_the_log_says_if_the_partition_holds_up_the_clock_of_all_others() -> None:
    """Then the customers of all partitions are affected."""
    worker = Checked()
    worker.held_up = {2: 300.0, 3: 95.4}
    [found] = await worker.check(25)
    assert str(found).endswith("; it has held up the clock of all partitions for 95 s")


async def test_while_kafka_is_away_no_partition_is_stalled() -> None:
    """The time of the outage does not count, however long it is."""
    worker = Checked()
    assert not await worker.check(20)
    worker.brokers.are_away = True
    assert not await worker.check(1_000)
    worker.brokers.are_away = False
    assert not await worker.check(5)
    assert await worker.check(1)


async def test_a_worker_that_was_frozen_as_a_whole_is_not_stalled() -> None:
    """For example on a laptop that was closed overnight."""
    worker = Checked()
    assert not await worker.check(2)
    assert not await worker.check(1, every=50_000.0)
    assert not await worker.check(20)
    assert await worker.check(2)


async def hold_up_commits(sandbox: Sandbox) -> None:
    """Make the broker refuse large rows, but accept transaction markers."""
    setting = {"cleanup.policy": "compact", "max.message.bytes": "1000"}
    async with administration(sandbox.servers) as admin:
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, sandbox.config.changelog, setting)]
        )


async def test_a_worker_that_can_not_commit_ends_and_logs_its_position(
    open_sandbox: OpenSandbox,
) -> None:
    """It names the partition, its position and the source's end, and exits with status 1."""
    sandbox = await open_sandbox(
        partitions=1, sources=1, commit_timeout=1.0, stall_timeout=4.0, clock_commit_interval=1e9
    )
    with Worker.started(sandbox) as worker:
        await worker.until_ready()
        await sandbox.feed([Event(b"anna", n) for n in range(3)])
        await sandbox.until_counted(3)
        await hold_up_commits(sandbox)
        large = random.Random(1).randbytes(5_000)
        await sandbox.feed([Event(large, n) for n in range(3, 5)])
        await worker.ended()
        assert worker.status == 1
        assert worker.output.count("releasing a partition") < 8, (
            "each rebalance stops all workers for a moment"
        )
        assert "worker ends" in worker.output
        assert "partition 0 has made no progress for" in worker.output
        assert f"{sandbox.config.sources[0]} is at 3 of 5" in worker.output
