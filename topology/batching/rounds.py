"""Rounds: decides when all records from before an instant are processed. Pure.

A round reads the end offsets of all sources, and ends once all partitions have committed up to
them. Records that workers hand on meanwhile are after these ends, so another round may be needed.
Decision 24 explains why the last round is the last.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple

from faust.types import TP

from topology.batching.hops import MAX_HOPS, Counts


class PartitionProgress(NamedTuple):
    """A partition's committed positions, and the counts of records handed on by then."""

    positions: Mapping[TP, int]
    handed_on: Counts


class Gap(NamedTuple):
    """The position of a topic partition, and the end that it must reach."""

    position: int
    end: int


class Step(Enum):
    """The next step."""

    READ_ENDS = auto()
    """Read the ends of all sources, and give them to `start_round`."""
    WAIT = auto()
    """Observe again later: some partitions are `behind`."""
    DONE = auto()
    """The instant may take effect."""


class Rounds:
    """The rounds of one instant, which the caller has read before."""

    def __init__(self) -> None:
        self.number = 0
        """The number of the current round, from 1."""
        self.ends: Mapping[TP, int] = {}
        """The sources' end offsets at the start of this round."""
        self.behind: Mapping[TP, Gap] = {}
        """The partitions that had not reached these ends at the last observation."""
        self._in_round = False
        self._before: Mapping[int, Counts] = {}
        self._beginnings: Mapping[TP, int] = {}

    def observe(self, by_partition: Mapping[int, PartitionProgress]) -> Step:
        """Take the progress of all partitions, and return the next step."""
        if self._in_round:
            self.behind = self._behind(by_partition)
            if self.behind:
                return Step.WAIT
            if self._is_last(by_partition):
                return Step.DONE
        self._in_round = False
        self._before = {number: each.handed_on for number, each in by_partition.items()}
        return Step.READ_ENDS

    def start_round(self, ends: Mapping[TP, int]) -> None:
        """Start a round with these ends: high watermarks, which include open transactions."""
        self.number += 1
        self.ends = ends
        self._in_round = True

    def set_beginnings(self, beginnings: Mapping[TP, int]) -> None:
        """Set beginning offsets: the clock does not wait for deleted records."""
        self._beginnings = {**self._beginnings, **beginnings}

    def _behind(self, by_partition: Mapping[int, PartitionProgress]) -> Mapping[TP, Gap]:
        found = {}
        for tp, end in self.ends.items():
            progress = by_partition.get(tp.partition)
            committed = 0 if progress is None else progress.positions.get(tp, 0)
            position = max(committed, self._beginnings.get(tp, 0))
            if position < end:
                found[tp] = Gap(position, end)
        return found

    def _is_last(self, by_partition: Mapping[int, PartitionProgress]) -> bool:
        """True if no count of this many hops has changed since before the round read its ends."""
        fewer = min(self.number, MAX_HOPS) - 1
        return all(
            each.handed_on[fewer:] == self._before.get(number, ())[fewer:]
            for number, each in by_partition.items()
        )
