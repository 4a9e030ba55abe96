"""A separate Kafka that the tests stop, kill and restart, and that compacts its logs at once."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.tools.local_stack import KafkaServer
from tests.topology.batching.counting import assert_same, expected_verdict
from tests.topology.batching.kafka import administration
from tests.topology.batching.load import timely_events
from tests.topology.batching.sandbox import Sandbox, clocks_in
from tests.topology.batching.worker import Worker
from tests.waits import LONGEST_WAIT_S
from topology.batching.handler import Changes, Row
from topology.batching.restore import RestoreProgress, restore
from topology.batching.snapshots import PartitionSnapshots
from topology.batching.writer import TransactionalWriter


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """A Kafka that the tests of this module may stop and start."""
    server = KafkaServer(tmp_path_factory.mktemp("kafka"))
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(server.start())
        yield server
        loop.run_until_complete(server.stop())
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def test_a_worker_carries_on_when_its_broker_was_away(
    kafka: KafkaServer, tmp_path: Path
) -> None:
    """The broker is stopped in order, then killed: the worker continues, and counts exactly."""
    sandbox = await Sandbox.open(kafka.address, tmp_path, clock=True, due_after=500)
    events = timely_events(9_000, 700, random.Random(6))
    parts = (events[:3_000], events[3_000:6_000], events[6_000:])
    end = events[-1].at + 1_000
    with Worker.started(sandbox) as worker:
        await worker.until_ready(2)
        for part, ends in zip(parts, ("stopped", "killed", "left alone"), strict=True):
            await sandbox.feed(part)
            if ends == "stopped":
                await kafka.stop()
                await kafka.start()
            elif ends == "killed":
                kafka.kill()
                await kafka.start()
            await sandbox.until_counted(part[-1].n + 1)
            assert worker.status is None, worker.output
        async with sandbox.changelog() as changelog:
            await sandbox.tick(end)
            await changelog.until(
                lambda log: clocks_in(log) == sandbox.clocks(end), "the last tick took effect"
            )
        await worker.terminate()
    assert_same(await sandbox.verdict(), expected_verdict(events, due_after=500, clock=end))


async def test_a_compacted_changelog_is_enough(kafka: KafkaServer, tmp_path: Path) -> None:
    """After compaction has removed most records, the changelog still has every row."""
    sandbox = await Sandbox.open(kafka.address, tmp_path, partitions=1, sources=1)
    changelog = sandbox.config.changelog
    async with administration(kafka.address) as admin:
        await admin.alter_configs(
            [
                ConfigResource(
                    ConfigResourceType.TOPIC,
                    changelog,
                    {
                        "cleanup.policy": "compact",
                        "segment.ms": "100",
                        "min.cleanable.dirty.ratio": "0.01",
                        "delete.retention.ms": "0",
                    },
                ),
                ConfigResource(ConfigResourceType.BROKER, "1", {"log.cleaner.backoff.ms": "100"}),
            ]
        )
    rows: dict[bytes, bytes | None] = {}
    writer = TransactionalWriter(sandbox.config, 0)
    await writer.open()
    try:
        for number in range(100):
            batch = {b"key-%d" % n: b"%d" % number for n in range(number % 7, 50, 3)}
            gone = {b"key-%d" % (number % 50): None}
            rows |= {**batch, **gone}
            changes = {key: Row(value, None) for key, value in {**batch, **gone}.items()}
            await writer.write(Changes(changes), {})
            await asyncio.sleep(0.02)  # so that the log has several segments
    finally:
        await writer.close()
    async with asyncio.timeout(LONGEST_WAIT_S):
        while (left := await records_in(sandbox)) > 1_000:
            await asyncio.sleep(0.2)
    print(f"{left} records of about 1,700 are left")  # noqa: T201
    progress = RestoreProgress(time)
    snapshots = PartitionSnapshots(sandbox.config, 0, time)
    found = await restore(sandbox.config, 0, progress, snapshots)
    assert progress.begin == 0, (
        "compaction does not move the beginning; a moved beginning counts as a loss"
    )
    assert found.rows == {key: value for key, value in rows.items() if value is not None}


async def records_in(sandbox: Sandbox) -> int:
    """Return the number of records that the changelog still has."""
    async with sandbox.changelog() as log:
        return len((await log.to_end()).records)
