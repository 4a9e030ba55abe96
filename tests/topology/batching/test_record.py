"""Records equal aiokafka's, field by field, in a form that costs less."""

from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import Counting, Event
from tests.topology.batching.kafka import producing
from topology.batching.handler import BatchTime, Changes
from topology.batching.record import Record, _make_entries, read_records

FIELDS = Record.__struct_fields__


@dataclass(frozen=True)
class Recording(Counting):
    """Counts, and stores the type of each record."""

    types: set[type] = field(default_factory=set)

    def on_records(
        self,
        partition: int,
        rows: Mapping[bytes, bytes],
        records: Sequence[Record],
        batch_time: BatchTime,
    ) -> Changes:
        self.types.update(map(type, records))
        return super().on_records(partition, rows, records, batch_time)


@asynccontextmanager
async def _consuming(servers: str, place: TopicPartition) -> Any:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    try:
        consumer.assign([place])
        yield consumer
    finally:
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, count: int) -> list[Any]:
    found = list[Any]()
    while len(found) < count:
        for records in (await consumer.getmany(timeout_ms=500, max_records=2)).values():
            found += records
    return found


async def test_each_field_equals_that_of_aiokafka(open_sandbox: OpenSandbox) -> None:
    """With and without key, value and headers. Aborted records are skipped."""
    sandbox = await open_sandbox(sources=1)
    place = TopicPartition(sandbox.config.sources[0], 1)
    records: list[dict[str, Any]] = [
        {"key": b"anna", "value": b"1", "headers": [("hops", b"2"), ("empty", b"")]},
        {"key": None, "value": b"2", "timestamp_ms": 1_500_000_000_000},
        {"key": b"bert", "value": None},
        {"key": b"", "value": b"", "headers": [("twice", b"a"), ("twice", b"b")]},
    ]
    async with producing(sandbox.servers, transactional_id=f"{sandbox.config.app_id}-shop") as shop:
        for each in records:
            await shop.begin_transaction()
            await shop.send_and_wait(place.topic, b"ghost", partition=1)
            await shop.abort_transaction()
            async with shop.transaction():
                await shop.send_and_wait(place.topic, partition=1, **each)
    async with (
        _consuming(sandbox.servers, place) as theirs,
        _consuming(sandbox.servers, place) as ours,
    ):
        read_records(ours)
        expected = await _read(theirs, len(records))
        found = await _read(ours, len(records))
        assert await ours.position(place) >= found[-1].offset + 1
    assert {type(each) for each in found} == {Record}
    assert [[getattr(each, name) for name in FIELDS] for each in found] == [
        [getattr(each, name) for name in FIELDS] for each in expected
    ]
    assert [each.value for each in found] == [each["value"] for each in records]
    assert [list(each.headers) for each in found] == [each.get("headers", []) for each in records]


def test_entries_begin_where_the_fetch_does() -> None:
    """Also within a produced batch: its earlier records are left out."""
    place = TopicPartition("changelog", 0)
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 999)
    for n in range(5):
        builder.append(n, 0, b"key-%d" % n, None if n == 3 else b"%d" % n, [])
    log = MemoryRecords(bytes(builder.build()))
    fetched = PartitionRecords(
        place,
        log,
        aborted_transactions=[],
        fetch_offset=2,
        key_deserializer=None,
        value_deserializer=None,
        check_crcs=True,
        isolation_level=READ_COMMITTED,
    )
    _make_entries(fetched)
    assert list(fetched) == [[(b"key-2", b"2"), (b"key-3", None), (b"key-4", b"4")]]
    assert fetched.next_fetch_offset == 5


async def test_a_worker_gets_no_other_records(open_sandbox: OpenSandbox) -> None:
    """Else it would be correct, but slower."""
    sandbox = await open_sandbox()
    handler = Recording(sandbox.handler.out)
    sandbox = replace(sandbox, handler=handler)
    await sandbox.feed(Event(b"key-%d" % (n % 9), n) for n in range(50))
    async with sandbox.running():
        await sandbox.until_counted(50)
    assert handler.types == {Record}
