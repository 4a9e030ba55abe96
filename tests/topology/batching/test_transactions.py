"""Transactions: rows, outputs and offsets of a batch are committed together, or not at all."""

import asyncio
import random
from collections import Counter
from typing import cast

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata
from faust.types import TP

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import (
    POISON,
    REMOVE,
    Event,
    Tally,
    assert_same,
    expected_verdict,
)
from tests.topology.batching.kafka import (
    Sent,
    committed_offsets,
    eventually,
    producing,
    send,
)
from topology.batching.errors import FencedError
from topology.batching.handler import Changes, Output, Row
from topology.batching.table import PartitionedTable
from topology.batching.writer import TransactionalWriter


def some_events(number: int, keys: int, seed: int = 1) -> list[Event]:
    chance = random.Random(seed)
    return [Event(b"key-%d" % chance.randrange(keys), n) for n in range(number)]


async def test_rows_and_outputs_of_records_are_committed_once(open_sandbox: OpenSandbox) -> None:
    """Outputs and rows equal a direct count, and the committed offsets are the sources' ends."""
    sandbox = await open_sandbox()
    events = some_events(20_000, keys=3_000)
    await sandbox.feed(events)
    async with sandbox.running():
        await sandbox.until_counted(len(events))
    assert_same(await sandbox.verdict(), expected_verdict(events))
    ends = Counter((record.topic, record.partition) for record in sandbox.records(events))
    assert await committed_offsets(sandbox.servers, sandbox.config.app_id) == ends


async def test_the_table_shows_the_rows_of_this_worker(open_sandbox: OpenSandbox) -> None:
    """Faust's table is a read-only view."""
    sandbox = await open_sandbox()
    await sandbox.feed([Event(b"anna", 7)])
    app = sandbox.app()
    table = cast("PartitionedTable", app.tables["rows"])
    await app.start()
    try:
        await eventually(lambda: b"anna" in table, "anna in the table")
        assert Tally.decode(table[b"anna"]) == Tally(1, 7)
        assert b"nobody" not in table
        with pytest.raises(TypeError, match="only through"):
            table[b"anna"] = b""
    finally:
        await app.stop()


async def test_a_second_run_continues_after_the_first(open_sandbox: OpenSandbox) -> None:
    """It restores the first run's counts, and reads no event twice."""
    sandbox = await open_sandbox()
    events = some_events(4_000, keys=900)
    for part in (events[:1_500], events[1_500:2_500], events[2_500:]):
        await sandbox.feed(part)
        async with sandbox.running():
            await sandbox.until_counted(part[-1].n + 1)
    assert_same(await sandbox.verdict(), expected_verdict(events))


async def test_a_row_that_is_removed_leaves_a_tombstone_and_is_never_due(
    open_sandbox: OpenSandbox,
) -> None:
    """Afterwards its key counts from zero, and the clock ignores it."""
    sandbox = await open_sandbox(clock=True, due_after=100, sources=1)
    source = sandbox.config.sources[0]
    await sandbox.feed([Event(b"anna", 1), Event(b"bert", 2), Event(b"anna", 3)])
    for key in (b"anna", b"bert"):
        await send(sandbox.servers, [Sent(source, sandbox.place(key), key, REMOVE)])
    await sandbox.feed([Event(b"anna", 4, at=50)])
    await sandbox.tick(1_000)
    async with sandbox.running(), sandbox.outputs() as outputs, sandbox.changelog() as changelog:
        await outputs.until(
            lambda log: any(one.value == b"due 150" for one in log.records), "anna due"
        )
        await changelog.to_end()
    seen = await sandbox.verdict()
    assert seen.rows == {b"anna": Tally(1, 4, 50)}
    assert seen.outputs == {(b"anna", b"step 2"): 1, (b"anna", b"due 150"): 1}
    async with sandbox.changelog() as changelog:
        values = {one.key: one.value for one in (await changelog.to_end()).records}
    assert values[b"bert"] is None


async def test_an_open_transaction_of_a_dead_worker_is_aborted(open_sandbox: OpenSandbox) -> None:
    """The next owner aborts its rows, outputs and offsets when it opens the partition."""
    sandbox = await open_sandbox(partitions=1, sources=1)
    app_id, source = sandbox.config.app_id, sandbox.config.sources[0]
    events = some_events(100, keys=10)
    await sandbox.feed(events)
    async with producing(sandbox.servers, transactional_id=f"{app_id}-0") as dead:
        await dead.begin_transaction()
        for topic in (sandbox.config.changelog, sandbox.handler.out):
            await dead.send_and_wait(topic, Tally(5, 5).encode(), key=b"ghost", partition=0)
        place = {TopicPartition(source, 0): OffsetAndMetadata(60, "")}
        await dead.send_offsets_to_transaction(place, app_id)
        async with sandbox.running():
            await sandbox.until_counted(len(events))
    assert_same(await sandbox.verdict(), expected_verdict(events))
    assert await committed_offsets(sandbox.servers, app_id) == {(source, 0): 100}


async def test_a_writer_that_is_fenced_writes_nothing(open_sandbox: OpenSandbox) -> None:
    """The second writer of a partition fences the first, whose next write raises an error."""
    sandbox = await open_sandbox(partitions=1, sources=1)
    tp = TP(sandbox.config.sources[0], 0)
    first, second = (TransactionalWriter(sandbox.config, 0) for _ in range(2))

    def changes(text: bytes) -> Changes:
        row = Row(Tally(1, 1).encode(), None)
        return Changes({text: row}, [Output(sandbox.handler.out, text, text)])

    await first.open()
    try:
        await first.write(changes(b"before"), {tp: 1})
        await second.open()
        with pytest.raises(FencedError, match="partition 0 belongs to another worker"):
            await first.write(changes(b"after"), {tp: 2})
        await second.write(changes(b"second"), {tp: 3})
    finally:
        await asyncio.gather(first.close(), second.close())
    seen = await sandbox.verdict()
    assert seen.rows.keys() == {b"before", b"second"}
    assert seen.outputs == {(b"before", b"before"): 1, (b"second", b"second"): 1}
    assert await committed_offsets(sandbox.servers, sandbox.config.app_id) == {tp: 3}


async def test_outputs_go_to_their_topics_and_partitions_in_order(
    open_sandbox: OpenSandbox,
) -> None:
    """One transaction has several topics, partitions and produced batches."""
    sandbox = await open_sandbox(partitions=3, sources=1)
    chance = random.Random(5)
    outputs = [
        Output(
            sandbox.handler.out,
            b"%d" % n,
            chance.randbytes(chance.choice([10, 20_000])),
            [("n", b"%d" % n)],
            chance.choice([None, 0, 1, 2]),
        )
        for n in range(300)
    ]
    outputs.insert(100, Output(sandbox.config.sources[0], None, None))
    writer = TransactionalWriter(sandbox.config, 1)
    await writer.open()
    try:
        await writer.write(Changes({}, outputs), {})
    finally:
        await writer.close()
    async with sandbox.outputs() as log:
        await log.to_last_end()
    for number in range(3):
        own = (None, 1) if number == 1 else (number,)
        assert [
            (one.key, one.value, one.headers) for one in log.records if one.partition == number
        ] == [
            (one.key, one.value, tuple(one.headers))
            for one in outputs
            if one.topic == sandbox.handler.out and one.partition in own
        ]


async def test_a_handler_that_raises_ends_the_app_with_its_error(open_sandbox: OpenSandbox) -> None:
    """The worker does not retry. Committed batches stay, the failed one has no effect."""
    sandbox = await open_sandbox(partitions=1, sources=1)
    source = sandbox.config.sources[0]
    events = some_events(50, keys=5)
    await sandbox.feed(events)
    async with sandbox.running() as app:
        await sandbox.until_counted(len(events))
        await send(sandbox.servers, [Sent(source, 0, b"p", POISON)])
        await eventually(lambda: app.fatal is not None, "the app has a fatal error")
        await eventually(lambda: app.crashed, "the app has crashed")
    assert isinstance(app.fatal, ValueError)
    assert_same(await sandbox.verdict(), expected_verdict(events))
    assert await committed_offsets(sandbox.servers, sandbox.config.app_id) == {(source, 0): 50}
