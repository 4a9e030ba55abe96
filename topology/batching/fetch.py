"""A fetch: consecutive records of one topic partition, with the positions around them."""

from collections.abc import Sequence
from dataclasses import dataclass

from faust.types import TP

from topology.batching.record import Record


@dataclass(frozen=True, slots=True)
class Fetch:
    """Records of one topic partition.

    `start` and `end` are the consumer's positions before and after the fetch. Only they show
    whether two fetches are adjacent, because transactions and compaction leave holes between
    offsets. `epoch` counts the seeks of this partition.
    """

    tp: TP
    epoch: int
    start: int
    end: int
    records: Sequence[Record]
