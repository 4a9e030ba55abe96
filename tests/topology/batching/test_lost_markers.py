"""Completed transactions whose markers are missing in some partitions.

Kafka omits them for partitions without a leader (decision 34). Here the producer does not report
the partitions to the coordinator, which has the same effect. The broker's check of that is off.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import pytest
from aiokafka import TopicPartition
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.producer.transaction_manager import TransactionManager
from aiokafka.structs import OffsetAndMetadata
from faust.types import TP

from services.tools.local_stack import Addresses
from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import Event, Tally, assert_same, expected_verdict
from tests.topology.batching.kafka import (
    administration,
    committed_offsets,
    create_topics,
    eventually,
    producing,
)
from tests.topology.batching.sandbox import Sandbox
from topology.batching.app import BatchApp
from topology.batching.errors import UnknownOutputError
from topology.batching.handler import Changes, Output, Row
from topology.batching.lost_markers import MarkerTracker, Span
from topology.batching.writer import TransactionalWriter

WITNESS = TopicPartition("batching.witness", 0)
"""The only reported partition: the coordinator ends no empty transaction."""

Losing = Callable[..., AbstractContextManager[None]]


@pytest.fixture
async def unverified(stack: Addresses) -> AsyncIterator[None]:
    """The broker accepts transactional records without asking the coordinator."""
    setting = "transaction.partition.verification.enable"
    async with administration(stack.kafka) as admin:
        if WITNESS.topic not in await admin.list_topics():
            await create_topics(stack.kafka, [WITNESS.topic], 1)
        brokers = [str(each["node_id"]) for each in (await admin.describe_cluster())["brokers"]]
        for value in ("false", "true"):
            for name in brokers:
                broker = ConfigResource(ConfigResourceType.BROKER, name, {setting: value})
                await admin.alter_configs([broker])
            if value == "false":
                yield


@pytest.fixture
def losing(unverified: None) -> Losing:
    """During a block, transactions get no markers in the partitions that they write to.

    With `offsets=False` the offsets topic gets its marker.
    """

    @contextmanager
    def lose(*, offsets: bool = True) -> Iterator[None]:
        add = TransactionManager.maybe_add_partition_to_txn

        def pretend(self: TransactionManager, place: TopicPartition) -> None:
            add(self, WITNESS)
            self._txn_partitions.add(place)

        def no_group(self: TransactionManager) -> None:
            if self._pending_txn_offsets:
                self._txn_consumer_group = self._pending_txn_offsets[0][0]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(TransactionManager, "maybe_add_partition_to_txn", pretend)
            if offsets:
                patch.setattr(TransactionManager, "consumer_group_to_add", no_group)
            yield

    return lose


EVENTS = [Event(b"key-%d" % (n % 7), n) for n in range(60)]


@pytest.mark.parametrize(
    "kept", [{}, {"offsets": False}], ids=["all", "all but that of its offsets"]
)
async def test_a_batch_whose_markers_are_lost_takes_effect_once(
    open_sandbox: OpenSandbox, losing: Losing, kept: dict[str, bool]
) -> None:
    """The chaos suite found it (seed 169): the next owner repeated the batch, and both counted."""
    sandbox = await open_sandbox(partitions=1, sources=1)
    await sandbox.feed(EVENTS)
    with losing(**kept):
        async with sandbox.running() as app, sandbox.changelog() as log:
            await eventually(lambda: committed_by(app) == len(EVENTS), "all is committed")
            assert not (await log.to_end()).records, "no reader sees it"
    async with sandbox.running():
        await sandbox.until_counted(len(EVENTS))
    assert_same(await sandbox.verdict(), expected_verdict(EVENTS))
    found = await committed_offsets(sandbox.servers, sandbox.config.app_id)
    assert found[sandbox.config.sources[0], 0] >= len(EVENTS), "markers may follow the last event"


async def test_records_of_a_batch_whose_markers_are_lost_are_handed_on_once(
    open_sandbox: OpenSandbox, losing: Losing
) -> None:
    """The batch changes no row, but each transaction writes to the changelog."""
    sandbox = await open_sandbox(partitions=2, sources=1)
    events = [each._replace(route=(0, 1)) for each in EVENTS]
    await sandbox.feed(events)
    with losing():
        async with sandbox.running() as app:
            await eventually(lambda: committed_by(app) == len(events), "all is handed on")
    async with sandbox.running():
        await sandbox.until_counted(len(events))
    assert (await sandbox.verdict()).rows == expected_verdict(EVENTS).rows


def committed_by(app: BatchApp) -> int:
    return sum(sum(each.committed_positions.values()) for each in app.ownership)


async def test_an_aborted_transaction_stays_invisible_if_its_markers_are_lost(
    open_sandbox: OpenSandbox, losing: Losing
) -> None:
    """A worker failed during a transaction, and no partition got the abort marker."""
    sandbox = await open_sandbox(partitions=1, sources=1)
    await sandbox.feed(EVENTS)
    app_id, source = sandbox.config.app_id, sandbox.config.sources[0]
    with losing():
        async with producing(sandbox.servers, transactional_id=f"{app_id}-0") as failed:
            await failed.begin_transaction()
            for topic in (sandbox.config.changelog, sandbox.handler.out):
                await failed.send_and_wait(topic, Tally(5, 5).encode(), key=b"ghost", partition=0)
            place = {TopicPartition(source, 0): OffsetAndMetadata(40, "")}
            await failed.send_offsets_to_transaction(place, app_id)
            await failed.abort_transaction()
    async with sandbox.running():
        await sandbox.until_counted(len(EVENTS))
    assert_same(await sandbox.verdict(), expected_verdict(EVENTS))


async def test_a_writer_ends_its_earlier_transaction_whose_markers_are_lost(
    open_sandbox: OpenSandbox, losing: Losing
) -> None:
    """Also in partitions where its next transaction has no records: readers would stop there."""
    sandbox = await open_sandbox(partitions=2, sources=1)
    tp = TP(sandbox.config.sources[0], 0)
    writer = TransactionalWriter(sandbox.config, 0)
    await writer.open()
    try:
        with losing():
            await writer.write(changes(sandbox, "lost", 1), {tp: 1})
        await writer.write(changes(sandbox, "next"), {})
    finally:
        await writer.close()
    seen = await sandbox.verdict()
    assert seen.rows.keys() == {b"lost", b"next"}
    assert seen.outputs == {(b"lost", b"lost"): 1}
    assert await committed_offsets(sandbox.servers, sandbox.config.app_id) == {tp: 1}


def changes(sandbox: Sandbox, text: str, *partitions: int) -> Changes:
    """Make a row, and an output for each of these partitions."""
    value = text.encode()
    outputs = [Output(sandbox.handler.out, value, value, partition=each) for each in partitions]
    return Changes({value: Row(Tally(1, 1).encode(), None)}, outputs)


async def test_a_partition_with_a_foreign_open_transaction_is_not_opened(
    open_sandbox: OpenSandbox,
) -> None:
    """Our markers can't end a transaction of another producer id."""
    sandbox = await open_sandbox(partitions=1, sources=1)
    tp = TopicPartition(sandbox.config.changelog, 0)
    async with producing(sandbox.servers, transactional_id="stranger") as stranger:
        await stranger.begin_transaction()
        await stranger.send_and_wait(tp.topic, b"", key=b"stranger", partition=tp.partition)
        async with sandbox.running() as app:
            failures = app.ownership.failures
            await eventually(
                lambda: 0 in failures and "without the marker" in failures[0].reason,
                "it does not start without these rows",
            )
            await stranger.abort_transaction()
            await sandbox.feed(EVENTS)
            await sandbox.until_counted(len(EVENTS))


async def test_an_output_to_an_unlisted_topic_is_an_error(open_sandbox: OpenSandbox) -> None:
    """`write_missing_markers` would omit its partitions."""
    sandbox = await open_sandbox(partitions=1, sources=1)
    writer = TransactionalWriter(replace(sandbox.config, outputs=()), 0)
    await writer.open()
    try:
        with pytest.raises(UnknownOutputError, match=sandbox.handler.out):
            await writer.write(changes(sandbox, "text", 0), {})
    finally:
        await writer.close()


def test_adjacent_transactions_show_that_a_marker_is_missing() -> None:
    """Any offset between them may be a marker."""
    rows, out, far = TP("rows", 0), TP("out", 0), TP("out", 1)
    markers = MarkerTracker()
    assert not markers.missing_before({rows: Span(0, 3)})
    markers.record({rows: Span(0, 3), out: Span(0, 2), far: Span(7, 8)})
    assert not markers.missing_before({rows: Span(4, 5), out: Span(3, 4), far: Span(9, 9)})
    assert markers.missing_before({rows: Span(3, 5)}) == {rows, out, far}
    assert markers.missing_before({far: Span(8, 9)}) == {rows, out, far}
    markers.record({rows: Span(4, 5)})
    assert markers.missing_before({far: Span(8, 9)}) == {out, far}
    assert not markers.missing_before({rows: Span(6, 7)})
