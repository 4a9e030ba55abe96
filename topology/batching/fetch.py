"""A fetch: the records of one partition, as the broker gave them, stamped with where they start."""

from collections.abc import Sequence
from dataclasses import dataclass

from faust.types import TP

from topology.batching.record import Record


@dataclass(frozen=True, slots=True)
class Fetch:
    """Records of one topic partition.

    `start` is the position at which the fetch began and `end` the one at which it ended: only these
    tell whether two fetches join, because transactions and compaction leave holes between offsets.
    `epoch` counts the seeks of this partition.
    """

    tp: TP
    epoch: int
    start: int
    end: int
    records: Sequence[Record]
