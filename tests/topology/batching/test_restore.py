"""A restore returns the rows as they were written to the changelog."""

import gc
import random
from dataclasses import replace
from time import time
from zlib import crc32

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.errors import KafkaError
from structlog.testing import capture_logs

from services.tools.local_stack.ports import free_port
from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.kafka import administration, create_topics, producing
from tests.topology.batching.sandbox import Sandbox
from topology.batching.clock import CLOCK_KEY, encode_clock
from topology.batching.config import BatchConfig
from topology.batching.handler import Changes, Row
from topology.batching.restore import Restored, RestoreProgress, restore
from topology.batching.snapshots import PartitionSnapshots
from topology.batching.writer import TransactionalWriter

Rows = dict[bytes, bytes | None]


async def write(sandbox: Sandbox, *batches: Rows) -> None:
    """Write each batch to partition 0 in its own transaction, like a worker."""
    writer = TransactionalWriter(sandbox.config, 0)
    await writer.open()
    try:
        for batch in batches:
            rows = {key: Row(value, None) for key, value in batch.items()}
            await writer.write(Changes(rows), {})
    finally:
        await writer.close()


async def restored(sandbox: Sandbox, partition: int = 0) -> Restored:
    snapshots = PartitionSnapshots(sandbox.config, partition, time)
    return await restore(sandbox.config, partition, RestoreProgress(time), snapshots)


async def test_the_latest_value_of_each_row_counts(open_sandbox: OpenSandbox) -> None:
    """Removed rows are missing, and a row that was written again is there."""
    sandbox = await open_sandbox()
    await write(
        sandbox,
        {b"anna": b"1", b"bert": b"1", b"cora": b"1"},
        {b"anna": b"2", b"bert": None, b"cora": None, b"nobody": None},
        {b"cora": b"3", b"": b"empty key", b"empty": b""},
    )
    rows = {b"anna": b"2", b"cora": b"3", b"": b"empty key", b"empty": b""}
    assert await restored(sandbox) == Restored(rows, 0)
    assert await restored(sandbox, 1) == Restored({}, 0)


async def test_the_clocks_row_is_no_row(open_sandbox: OpenSandbox) -> None:
    """It is returned separately."""
    sandbox = await open_sandbox()
    await write(sandbox, {CLOCK_KEY: encode_clock(5)}, {b"anna": b"1", CLOCK_KEY: encode_clock(77)})
    assert await restored(sandbox) == Restored({b"anna": b"1"}, 77)


async def test_aborted_transactions_and_their_markers_are_skipped(
    open_sandbox: OpenSandbox,
) -> None:
    """Also at the end of the log."""
    sandbox = await open_sandbox()
    changelog = sandbox.config.changelog
    await write(sandbox, {b"anna": b"1"})
    async with producing(sandbox.servers, transactional_id=f"{sandbox.config.app_id}-0") as dead:
        for _ in range(3):
            await dead.begin_transaction()
            await dead.send_and_wait(changelog, b"ghost", key=b"anna", partition=0)
            await dead.abort_transaction()
    assert await restored(sandbox) == Restored({b"anna": b"1"}, 0)


async def test_a_changelog_of_nothing_but_aborted_records_is_empty(
    open_sandbox: OpenSandbox,
) -> None:
    """A worker that dies in its first transaction leaves such a log."""
    sandbox = await open_sandbox()
    async with producing(sandbox.servers, transactional_id=f"{sandbox.config.app_id}-0") as dead:
        await dead.begin_transaction()
        await dead.send_and_wait(sandbox.config.changelog, b"ghost", key=b"anna", partition=0)
        await dead.abort_transaction()
    assert await restored(sandbox) == Restored({}, 0)


async def test_a_log_whose_first_records_were_deleted_is_read_from_its_beginning_offset(
    open_sandbox: OpenSandbox,
) -> None:
    """Also if all records were deleted."""
    sandbox = await open_sandbox(cleanup_policy="compact,delete")
    place = TopicPartition(sandbox.config.changelog, 0)
    await write(sandbox, {b"anna": b"1"}, {b"bert": b"1"})
    async with administration(sandbox.servers) as admin:
        await admin.delete_records({place: RecordsToDelete(2)})
        assert await restored(sandbox) == Restored({b"bert": b"1"}, 0)
        await admin.delete_records({place: RecordsToDelete(4)})
        assert await restored(sandbox) == Restored({}, 0)


async def test_a_large_changelog_comes_back_whole(open_sandbox: OpenSandbox) -> None:
    """Many fetches, values of every size, most rows written more than once."""
    sandbox = await open_sandbox()
    chance = random.Random(2)
    rows: dict[bytes, bytes] = {}
    batches: list[Rows] = []
    for _ in range(8):
        batch: dict[bytes, bytes] = {
            b"key-%d" % chance.randrange(60_000): chance.randbytes(chance.randrange(300))
            for _ in range(8_000)
        }
        rows |= batch
        batches.append({**batch})
    await write(sandbox, *batches)
    found = await restored(sandbox)
    assert len(found.rows) == len(rows)
    assert crc32(repr(sorted(found.rows.items())).encode()) == crc32(
        repr(sorted(rows.items())).encode()
    )


async def test_a_row_that_is_larger_than_a_fetch_is_written_and_comes_back(
    open_sandbox: OpenSandbox,
) -> None:
    """Its topic accepts sixteen megabytes, for a customer with many thousands of orders."""
    sandbox = await open_sandbox(partitions=1)
    changelog = f"{sandbox.config.changelog}.large"
    await create_topics(
        sandbox.servers, [changelog], 1, cleanup_policy="compact", max_message_bytes="16777216"
    )
    sandbox = replace(sandbox, config=replace(sandbox.config, changelog=changelog))
    rows: Rows = {b"small": b"1", b"large": random.Random(3).randbytes(12_000_000), b"last": b"1"}
    await write(sandbox, rows, {b"small": b"2"})
    assert await restored(sandbox) == Restored({**rows, b"small": b"2"}, 0)  # type: ignore[dict-item]


def test_a_long_restore_logs_its_progress_and_the_time_left() -> None:
    """Every few seconds, so that it does not look like a hang."""
    now = 100.0
    progress = RestoreProgress(lambda: now)
    with capture_logs() as logs:
        progress.start(0, 1_000, 9_000)
        for at in range(1_000, 9_000, 200):
            now += 0.5
            progress.advance(at, 3, at // 10)
    first, *_, last = logs
    assert len(logs) == 6
    assert (first["done"], first["rows"], first["seconds_left"]) == ("12%", 200, 21)
    assert (last["done"], last["rows"], last["seconds_left"]) == ("88%", 800, 3)
    assert {one["partition"] for one in logs} == {3}
    assert last["records_per_second"] == 389


async def test_a_broker_that_is_away_leaves_no_consumer_behind() -> None:
    """The error is raised, and no connection leaks: a partition may retry many times."""
    config = BatchConfig("nobody", f"127.0.0.1:{free_port()}", ("source",), "changelog", 1)
    with pytest.raises(KafkaError):
        await restore(config, 0, RestoreProgress(time), PartitionSnapshots(config, 0, time))
    gc.collect()
