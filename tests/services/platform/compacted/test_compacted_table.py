"""A table in a compacted topic, over a real Kafka."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from services.platform.compacted.reader import apply_records
from services.platform.compacted.table import CompactedTable
from services.platform.faults import KafkaUnreachableError, NotReadError, NotWrittenError
from services.tools.local_stack import Addresses, KafkaServer
from tests.topology.batching.kafka import Sent, administration, create_topics, send
from tests.waits import LONGEST_WAIT_S


def table_of(kafka: str, topic: str) -> CompactedTable:
    return CompactedTable(kafka, topic, log=structlog.get_logger())


@pytest.fixture
async def topic(stack: Addresses) -> str:
    name = f"table-{uuid4().hex[:12]}"
    await create_topics(stack.kafka, [name], 2, cleanup_policy="compact")
    return name


async def until(table: CompactedTable, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONGEST_WAIT_S):
        while not holds():
            await table.wait_change(table.version)


async def until_stale(table: CompactedTable, *, wanted: bool) -> None:
    async with asyncio.timeout(LONGEST_WAIT_S):
        while table.stale != wanted:
            await asyncio.sleep(0.02)


@pytest.mark.e2e
async def test_what_was_put_is_there_when_put_returns(stack: Addresses, topic: str) -> None:
    async with table_of(stack.kafka, topic) as table:
        assert table.get("a") is None
        await table.put("a", b"1")
        await table.put("b", b"2")
        await table.put("a", b"3")
        assert table.items() == {"a": b"3", "b": b"2"}
        assert not table.stale


@pytest.mark.e2e
async def test_a_deleted_key_is_a_record_without_value(stack: Addresses, topic: str) -> None:
    async with table_of(stack.kafka, topic) as table:
        await table.put("a", b"1")
        await table.delete("a")
        assert table.items() == {}
    async with table_of(stack.kafka, topic) as again:
        assert again.get("a") is None


@pytest.mark.e2e
async def test_a_new_table_holds_everything_at_once(stack: Addresses, topic: str) -> None:
    records = [Sent(topic, n % 2, f"k{n}".encode(), b"%d" % n) for n in range(2_500)]
    await send(stack.kafka, records)
    async with table_of(stack.kafka, topic) as table:
        assert len(table.items()) == 2_500
        assert table.get("k2499") == b"2499"


@pytest.mark.e2e
async def test_a_table_sees_what_another_one_writes(stack: Addresses, topic: str) -> None:
    async with table_of(stack.kafka, topic) as here, table_of(stack.kafka, topic) as there:
        await there.put("a", b"1")
        await until(here, lambda: here.get("a") == b"1")
        await there.delete("a")
        await until(here, lambda: here.get("a") is None)


@pytest.mark.e2e
async def test_items_do_not_change_under_who_reads_them(stack: Addresses, topic: str) -> None:
    async with table_of(stack.kafka, topic) as table:
        await table.put("a", b"1")
        before = table.items()
        await table.put("b", b"2")
        assert before == {"a": b"1"}


@pytest.mark.e2e
async def test_a_topic_that_comes_later_is_an_empty_table_first(stack: Addresses) -> None:
    name = f"table-{uuid4().hex[:12]}"
    async with table_of(stack.kafka, name) as table:
        assert table.items() == {}
        assert not table.stale
        await create_topics(stack.kafka, [name], 2)
        await send(stack.kafka, [Sent(name, 0, b"a", b"1")])
        await until(table, lambda: table.get("a") == b"1")


@pytest.mark.e2e
async def test_a_topic_that_was_created_anew_is_read_anew(stack: Addresses, topic: str) -> None:
    async with table_of(stack.kafka, topic) as table:
        await table.put("a", b"1")
        async with administration(stack.kafka) as admin:
            await admin.delete_topics([topic])
        await until_stale(table, wanted=True)
        assert table.get("a") == b"1"
        await create_topics(stack.kafka, [topic], 2)
        await until(table, lambda: table.items() == {})


@pytest.mark.e2e
async def test_with_kafka_away_the_last_view_stays_and_says_so(tmp_path: Path) -> None:
    kafka = KafkaServer(tmp_path / "kafka")
    await kafka.start()
    try:
        await create_topics(kafka.address, ["table"], 1, cleanup_policy="compact")
        async with table_of(kafka.address, "table") as table:
            await table.put("a", b"1")
            await kafka.stop()
            await until_stale(table, wanted=True)
            assert table.get("a") == b"1"
            await kafka.start()
            await until_stale(table, wanted=False)
            await table.put("b", b"2")
            assert table.items() == {"a": b"1", "b": b"2"}
    finally:
        await kafka.stop()


async def test_without_kafka_there_is_no_view_and_no_writing() -> None:
    async with table_of("127.0.0.1:9", "table") as table:
        assert table.stale
        assert not table.is_read
        with pytest.raises(NotReadError, match=r"Kafka does not answer at 127\.0\.0\.1:9"):
            table.items()
        with pytest.raises(KafkaUnreachableError):
            await table.put("a", b"1")


@pytest.mark.e2e
async def test_what_kafka_refuses_is_reported(stack: Addresses, topic: str) -> None:
    async with table_of(stack.kafka, topic) as table:
        with pytest.raises(NotWrittenError, match=topic):
            await table.put("a", b"x" * 2_000_000)


class Record:
    def __init__(self, key: bytes | None, value: bytes | None) -> None:
        self.key, self.value = key, value


ANY_RECORDS = st.lists(st.tuples(st.sampled_from([b"a", b"b", None]), st.none() | st.binary()))


@given(ANY_RECORDS, st.integers(0, 20))
def test_records_may_come_in_any_portions(
    pairs: list[tuple[bytes | None, bytes | None]], cut: int
) -> None:
    at_once: dict[str, bytes] = {}
    bit_by_bit: dict[str, bytes] = {}
    records = [Record(*pair) for pair in pairs]
    apply_records(at_once, records)
    apply_records(bit_by_bit, records[:cut])
    apply_records(bit_by_bit, records[cut:])
    assert at_once == bit_by_bit
    last = {key.decode(): value for key, value in pairs if key is not None}
    assert at_once == {key: value for key, value in last.items() if value is not None}
