"""Changelog records → changed rows."""

from collections.abc import Iterable
from typing import Final

from schemas.transition import Dimension
from services.read_model.batch import ErasureTombstone, Record, RowBatch, RowChange, Unreadable
from services.read_model.stored_row import StoredRow
from topology.batching.clock import CLOCK_KEY, decode_clock
from topology.domain.history.dimensions import values_of
from topology.domain.history.refunds import unmatched_refunds
from topology.domain.history.shared_id import is_shared
from topology.domain.history.suppression import is_suppressed
from topology.domain.rows.erased import ErasedError, decode_erased, is_tombstone
from topology.domain.rows.forward import Forward
from topology.domain.rows.row import RowError, read_entry

SUPPRESSED: Final = "suppressed=yes"
"""The group of those who are on the suppression list."""

SHARED: Final = "shared=yes"
"""The group of ids that gather strangers."""

UNMATCHED: Final = "unmatched_refunds=yes"
"""The group of those who have refunds of orders that are not among theirs."""

OF_NO_DIMENSION: Final = frozenset({SUPPRESSED, SHARED, UNMATCHED})
"""Groups that are no values of a dimension."""

_CLOCK_WIDTH: Final = 8


def places_of(row: bytes) -> str:
    """Read what a row is found by: its groups, one a line. A name that forwards is in no list.

    Raises:
        RowError: the bytes are none.
    """
    state = read_entry(row)
    if isinstance(state, Forward):
        return ""
    values = zip(Dimension, values_of(state), strict=True)
    places = [f"{each}={value}" for each, value in values if value]
    if is_suppressed(state.history.person.suppression):
        places.append(SUPPRESSED)
    if is_shared(state.history.shared_at, state.as_of):
        places.append(SHARED)
    if unmatched_refunds(state.history):
        places.append(UNMATCHED)
    return "\n".join(places)


def read_rows(partition: int, records: Iterable[Record]) -> RowBatch:
    """Sort out a batch of the changelog. Of each customer only the last row counts."""
    last: dict[bytes | None, Record] = {record.key: record for record in records}
    clock, unreadable = _take_clock(last.pop(CLOCK_KEY, None))
    tombstones, unreadable_tombstones = _take_tombstones(last)
    unreadable += unreadable_tombstones
    rows: list[RowChange] = []
    for key, record in last.items():
        try:
            rows.append(_change(partition, key, record.value))
        except (RowError, ValueError) as error:
            reason = str(error) if isinstance(error, RowError) else type(error).__name__
            unreadable.append(Unreadable(record.offset, reason))
    return RowBatch(partition, rows, clock, unreadable, tombstones)


def _take_clock(record: Record | None) -> tuple[int | None, list[Unreadable]]:
    if record is None or record.value is None:
        return None, []  # A partition that has no clock yet may say so.
    if len(record.value) != _CLOCK_WIDTH:
        return None, [Unreadable(record.offset, "a clock of the wrong length")]
    return decode_clock(record.value), []


def _take_tombstones(
    last: dict[bytes | None, Record],
) -> tuple[list[ErasureTombstone], list[Unreadable]]:
    tombstones: list[ErasureTombstone] = []
    unreadable: list[Unreadable] = []
    for key in [each for each in last if each is not None and is_tombstone(each)]:
        record = last.pop(key)
        try:
            entry = decode_erased(record.value or b"")
        except ErasedError as error:
            unreadable.append(Unreadable(record.offset, str(error)))
        else:
            tombstones.append(ErasureTombstone(key, entry.as_of, entry.salt))
    return tombstones, unreadable


def _change(partition: int, key: bytes | None, value: bytes | None) -> RowChange:
    if not key:
        msg = "a row without a key"
        raise ValueError(msg)
    key.decode()
    if value is None:
        return RowChange(key, b"", "")
    return RowChange(key, StoredRow(partition, value).to_bytes(), places_of(value))
