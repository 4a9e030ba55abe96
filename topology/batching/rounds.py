"""Rounds: when all records that were in the sources before an instant are processed. Pure.

A round reads where all partitions' sources end, and is over once all partitions have committed up
to there. Records that they have handed on meanwhile lie behind these ends, so that another round
may be needed. Decision 24 explains why the last one is the last.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple

from faust.types import TP

from topology.batching.hops import MAX_HOPS, Counts


class PartitionProgress(NamedTuple):
    """How far one partition has committed, and how many records it has handed on by then."""

    positions: Mapping[TP, int]
    handed_on: Counts


class Gap(NamedTuple):
    """Where a topic partition has come to, and where it must come to."""

    position: int
    end: int


class Step(Enum):
    """The next step."""

    READ_ENDS = auto()
    """Read the ends of all sources, and give them to `start_round`."""
    WAIT = auto()
    """Observe again later: some are `behind`."""
    DONE = auto()
    """The instant may take effect."""


class Rounds:
    """The rounds of one instant, which was read before the first of them."""

    def __init__(self) -> None:
        self.number = 0
        """Of the round that is under way, from 1 on."""
        self.ends: Mapping[TP, int] = {}
        """Where the sources ended when this round began."""
        self.behind: Mapping[TP, Gap] = {}
        """The partitions that had not come to these ends at the last observation."""
        self._in_round = False
        self._before: Mapping[int, Counts] = {}
        self._beginnings: Mapping[TP, int] = {}

    def observe(self, by_partition: Mapping[int, PartitionProgress]) -> Step:
        """Take how far all partitions are. A round reads its ends after such an observation."""
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
        """Begin a round with these ends: high watermarks, which hide no record of anybody."""
        self.number += 1
        self.ends = ends
        self._in_round = True

    def set_beginnings(self, beginnings: Mapping[TP, int]) -> None:
        """Take where topic partitions begin: the clock does not wait for deleted records."""
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
        """True if nobody has handed on by so many hops since before this round's ends were read."""
        fewer = min(self.number, MAX_HOPS) - 1
        return all(
            each.handed_on[fewer:] == self._before.get(number, ())[fewer:]
            for number, each in by_partition.items()
        )
