"""What is written is read back to the byte, and a broken file is named."""

import json
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet, types

from schemas import topics
from services.archive.columns import ArchivedRecord, Row, records_of
from services.archive.file_name import FileName, Partition
from services.archive.parquet import (
    DamagedFileError,
    decode_file,
    decode_in_parts,
    encode_file,
    index_of,
    read_index,
)
from services.archive.record_names import content_of
from tests.services.archive.world import order

BYTES = st.none() | st.binary(max_size=20) | st.text(max_size=10).map(str.encode)
HEADERS = st.lists(st.tuples(st.text(max_size=5), st.none() | st.binary(max_size=5)), max_size=2)
RECORDS = st.lists(
    st.builds(
        ArchivedRecord,
        st.integers(0, 2**62),
        st.integers(0, 4_000_000_000_000),
        BYTES,
        BYTES,
        HEADERS.map(tuple),
    ),
    max_size=5,
)


def name_of(topic: str = topics.SHOP_EVENTS) -> FileName:
    return FileName(Partition(topic, 3), 0, 2**62, date(2026, 11, 30))


def file_of(*records: ArchivedRecord, topic: str = topics.SHOP_EVENTS) -> bytes:
    rows = [Row(record, content_of(topic, record.value)) for record in records]
    return encode_file(name_of(topic), rows, None)


@settings(deadline=None)
@given(RECORDS, st.sampled_from([topics.SHOP_EVENTS, topics.TRANSITIONS, topics.TRIGGERS]))
def test_any_record_is_read_back_to_the_byte(records: list[ArchivedRecord], topic: str) -> None:
    content = file_of(*records, topic=topic)
    assert list(records_of(decode_file(name_of(topic), content))) == records
    assert list(decode_in_parts(content)) == records


def test_columns_have_the_types_that_analysts_expect() -> None:
    value = order("c-1", 1, timestamp="2026-11-30T08:00:00.5+01:00")
    table = parquet.read_table(
        BytesIO(file_of(ArchivedRecord(7, 1_764_500_000_000, b"c-1", value)))
    )
    [row] = table.to_pylist()
    assert row["timestamp"] == datetime(2025, 11, 30, 10, 53, 20, tzinfo=UTC)
    assert row["occurred_at"] == datetime(2026, 11, 30, 7, 0, 0, 500_000, tzinfo=UTC)
    assert (row["partition"], row["offset"]) == (3, 7)
    assert (row["customer_id"], row["event"]) == ("c-1", "Order Completed")
    assert (row["order_id"], row["total"], row["currency"]) == ("o-c-1-1", 20.0, "EUR")
    assert json.loads(row["value"])["userId"] == "c-1"
    assert types.is_timestamp(table.schema.field("occurred_at").type)


def test_the_time_of_a_record_that_says_none_is_its_arrival_and_a_copy_says_so() -> None:
    copy = ArchivedRecord(7, 1_764_500_000_000, None, b"{}", (("forwarded-from", b"t-0-6"),))
    [row] = parquet.read_table(BytesIO(file_of(copy))).to_pylist()
    assert row["occurred_at"] == row["timestamp"]
    assert row["forwarded_from"] == "t-0-6"


def test_files_are_compressed_with_zstandard() -> None:
    metadata = parquet.read_metadata(BytesIO(file_of(ArchivedRecord(0, 0, b"k", b"v" * 999))))
    columns = [metadata.row_group(0).column(number) for number in range(metadata.num_columns)]
    assert {column.compression for column in columns} == {"ZSTD"}


def test_the_index_knows_its_names_and_hardly_any_other() -> None:
    names = [b"\0" + number.to_bytes(16, "little") for number in range(50)]
    content = encode_file(name_of(), [], index_of(names, b"finger"))
    index = read_index(BytesIO(content))
    assert index is not None
    assert index.salt == b"finger"
    assert all(index.may_have_any([each]) for each in names)
    assert not index.may_have_any([b"\0" + number.to_bytes(16, "little") for number in (50, 51)])
    assert read_index(BytesIO(file_of())) is None


@pytest.mark.parametrize("cut", [0, 3, 100, -1])
def test_a_truncated_file_is_damaged(cut: int) -> None:
    with pytest.raises(DamagedFileError):
        decode_file(name_of(), file_of(ArchivedRecord(0, 0, b"k", b"value"))[:cut])


def test_a_flipped_bit_is_damage() -> None:
    content = bytearray(file_of(ArchivedRecord(0, 0, b"k", b"0123456789" * 20)))
    found = 0
    for at in range(4, 400):
        content[at] ^= 1
        try:
            records = list(records_of(decode_file(name_of(), bytes(content))))
        except DamagedFileError:
            found += 1
        else:
            assert records == [ArchivedRecord(0, 0, b"k", b"0123456789" * 20)]
        content[at] ^= 1
    assert found


def test_other_parquet_and_renamed_files_are_refused() -> None:
    other = BytesIO()
    parquet.write_table(parquet.read_table(BytesIO(file_of())).replace_schema_metadata({}), other)
    with pytest.raises(DamagedFileError, match="no file of this archive"):
        decode_file(name_of(), other.getvalue())
    renamed = FileName(name_of().partition, 5, 6, name_of().day)
    with pytest.raises(DamagedFileError, match="that of another file"):
        decode_file(renamed, file_of())
