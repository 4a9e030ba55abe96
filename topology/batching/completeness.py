"""Completeness: whether a changelog still has all that was ever written to it. Pure.

Compaction leaves the latest record of each key, and neither moves the log's beginning nor its end.
So a beginning that is not 0 says that records were deleted or have expired. And each transaction
notes beside the sources' offsets where it has put its rows: a log that ends before that place is
another one, or a part of it is gone. The note also says what the partition has handed on (`hops`).
"""

from collections.abc import Iterable
from typing import NamedTuple

from topology.batching.hops import Counts, latest_counts

_PLACE = "changelog"
_HANDED_ON = "handed-on"


class Committed(NamedTuple):
    """The group's commit of a topic partition: an offset, and a note beside it.

    `begin` is where the topic partition begins; `offset` None is that nothing was committed.
    """

    begin: int
    offset: int | None
    note: str = ""

    @property
    def position(self) -> int:
        """Where to go on: after what was committed, or where the topic begins."""
        return self.begin if self.offset is None else max(self.offset, self.begin)


def encode_note(end: int, handed_on: Counts = ()) -> str:
    """A note that the changelog reaches at least up to the offset `end`.

    It also says what the partition has handed on, if it has handed on anything.
    """
    place = f"{_PLACE} {end}"
    return f"{place} {_HANDED_ON} {','.join(map(str, handed_on))}" if handed_on else place


def read_handed_on(notes: Iterable[str]) -> Counts:
    """The records that a partition has handed on, by the notes beside its sources' offsets."""
    return latest_counts(map(_handed_on, notes))


def describe_loss(begin: int, end: int, committed: Iterable[Committed]) -> str | None:
    """Say what a changelog lacks that begins and ends at these offsets, or None."""
    if begin > 0:
        gone = "offset is" if begin == 1 else f"{begin} offsets are"
        return f"its first {gone} gone: they were deleted, or have expired"
    known = [one for one in committed if one.offset is not None]
    noted = noted_end(known)
    if end < noted:
        return f"it ends at {end}, though rows were written up to {noted}"
    moved_on = any(not one.note and one.position > one.begin for one in known)
    if end == 0 and moved_on:
        return "it is empty, though the group has already processed some of the sources"
    return None


def noted_end(committed: Iterable[Committed]) -> int:
    """Up to where rows were written, by the notes beside offsets that are committed."""
    return max((_noted(one.note) for one in committed if one.offset is not None), default=0)


def _noted(note: str) -> int:
    match note.split():
        case [word, number, *_] if word == _PLACE and number.isdecimal():
            return int(number)
    return 0


def _handed_on(note: str) -> Counts:
    match note.split():
        case [_, _, word, counts] if word == _HANDED_ON:
            numbers = counts.split(",")
            return tuple(map(int, numbers)) if all(map(str.isdecimal, numbers)) else ()
    return ()
