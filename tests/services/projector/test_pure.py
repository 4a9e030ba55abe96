"""The parts of the projector that need neither Kafka nor Redis."""

from aiokafka import ConsumerRecord, TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from services.read_model.batch import RowBatch, RowChange
from services.read_model.progress import Progress
from services.read_model.read_rows import read_rows
from services.read_model.stored_row import StoredRow, stored_row
from services.read_model.trigger_ref import TriggerRef
from topology.batching.clock import CLOCK_KEY
from topology.domain.rows.forward import forward
from topology.domain.rows.row import encode_row

A, B = TopicPartition("t", 0), TopicPartition("t", 1)


@given(
    st.integers(0, 999),
    st.integers(0, 2**53),
    st.integers(0, 2**53),
    st.text(max_size=20),
    st.text(max_size=20),
)
def test_a_reference_reads_back_as_it_was(
    partition: int, offset: int, appended_ms: int, rule: str, customer: str
) -> None:
    ref = TriggerRef(partition, offset, appended_ms, rule, customer)
    assert TriggerRef.from_text(partition, ref.to_text()) == ref


@given(st.integers(0, 999), st.binary())
def test_a_stored_row_reads_back_as_it_was(partition: int, row: bytes) -> None:
    assert stored_row(StoredRow(partition, row).to_bytes()) == (partition, row)


def test_nothing_is_reached_before_the_ends_are_known() -> None:
    assert Progress().report({A: 5}, now=1.0).behind_s is None


def test_an_end_is_reached_when_every_partition_has_come_there() -> None:
    progress = Progress()
    progress.saw_ends({A: 10, B: 5}, at=100.0)
    behind = progress.report({A: 10, B: 4}, now=101.0)
    assert (behind.lag, behind.behind_s) == (1, None)
    there = progress.report({A: 10, B: 5}, now=102.0)
    assert (there.lag, there.behind_s) == (0, 2.0)


def test_under_load_it_is_as_far_behind_as_the_latest_end_it_reached() -> None:
    progress = Progress()
    progress.saw_ends({A: 10}, at=100.0)
    progress.report({A: 10}, now=100.0)
    progress.saw_ends({A: 1000}, at=101.0)
    progress.saw_ends({A: 2000}, at=102.0)
    busy = progress.report({A: 900}, now=103.0)
    assert (busy.lag, busy.behind_s) == (1100, 3.0)
    progress.report({A: 1500}, now=103.5)
    progress.saw_ends({A: 3000}, at=104.0)
    assert progress.report({A: 1600}, now=104.0).behind_s == 3.0


def test_a_name_that_has_gone_is_kept_and_is_in_no_list() -> None:
    entry = encode_row(forward("anon", "anna", user=False))
    gone = ConsumerRecord("rows", 3, 0, 0, 1, b"anon", entry, None, 4, len(entry), ())
    batch = read_rows(3, [gone])

    assert batch.rows == [RowChange(b"anon", StoredRow(3, entry).to_bytes(), "")]
    assert (batch.clock, batch.unreadable) == (None, [])


def test_a_partition_may_say_that_it_has_no_clock_yet() -> None:
    none = ConsumerRecord("rows", 3, 0, 0, 1, CLOCK_KEY, None, None, len(CLOCK_KEY), -1, ())
    assert read_rows(3, [none]) == RowBatch(3, [], None, [], [])
