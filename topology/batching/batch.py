"""Batch: what one transaction writes."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from faust.types import TP

from topology.batching.handler import Changes


class Batch(NamedTuple):
    """The changes and offsets that one transaction writes."""

    changes: Changes
    offsets: Mapping[TP, int]
    records: int
    """The number of source records in it."""
    removes_rows: bool


def join_batches(first: Batch, second: Batch) -> Batch:
    """Return one batch that writes what the two would write, one after the other.

    A row that both change is written once. The rows of the second batch keep their order: there, an
    erasure tombstone comes before the row that it removes.
    """
    earlier, later = first.changes, second.changes
    rows = {key: row for key, row in earlier.rows.items() if key not in later.rows}
    changes = Changes(
        rows | later.rows,
        earlier.outputs + later.outputs,
        earlier.dropped + later.dropped,
        Counter(earlier.handed_on) + Counter(later.handed_on),
        later.processed,
    )
    return Batch(
        changes,
        {**first.offsets, **second.offsets},
        first.records + second.records,
        first.removes_rows or second.removes_rows,
    )
