"""The stored forms of the read model read back as they were."""

from hypothesis import given
from hypothesis import strategies as st

from services.read_model.rows import StoredRow
from services.read_model.trigger_log import TriggerRef


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
    assert StoredRow.from_bytes(StoredRow(partition, row).to_bytes()) == (partition, row)
