"""Kafka's records as the projector reads them."""

from aiokafka import ConsumerRecord

from services.projector.records import read_rows
from services.read_model.batches import RowBatch, RowChange
from services.read_model.rows import StoredRow
from topology.batching.clock import CLOCK_KEY
from topology.domain.rows.forward import forward
from topology.domain.rows.row import encode_row


def test_a_name_that_forwards_is_stored_and_in_no_list() -> None:
    entry = encode_row(forward("anon", "anna", user=False))
    gone = ConsumerRecord("rows", 3, 0, 0, 1, b"anon", entry, None, 4, len(entry), ())
    batch = read_rows(3, [gone])

    assert batch.rows == [RowChange(b"anon", StoredRow(3, entry).to_bytes(), "")]
    assert (batch.clock, batch.unreadable) == (None, [])


def test_a_partition_may_say_that_it_has_no_clock_yet() -> None:
    none = ConsumerRecord("rows", 3, 0, 0, 1, CLOCK_KEY, None, None, len(CLOCK_KEY), -1, ())
    assert read_rows(3, [none]) == RowBatch(3, [], None, [], [])
