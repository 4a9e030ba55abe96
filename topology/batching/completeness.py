"""Completeness: detects a changelog that has lost records. Pure.

Compaction keeps the latest record of each key, and moves neither the beginning nor the end of the
log. So if a log does not begin at 0, its records were deleted or have expired. Each transaction
stores the changelog offset of its rows in the metadata of the source offsets (the note). A log that
ends before that offset was created again, or has lost its end. The note also has the number of
records that the partition has handed on (`hops`).
"""

from collections.abc import Iterable
from typing import NamedTuple

from topology.batching.hops import Counts, latest_counts

_PLACE = "changelog"
_HANDED_ON = "handed-on"


class Committed(NamedTuple):
    """The group's committed offset of a topic partition, and its metadata (the note).

    `begin` is the topic partition's beginning offset. `offset` None: the group has committed none.
    """

    begin: int
    offset: int | None
    note: str = ""

    @property
    def position(self) -> int:
        """Where to continue: at the committed offset, or at the beginning of the topic."""
        return self.begin if self.offset is None else max(self.offset, self.begin)


def encode_note(end: int, handed_on: Counts = ()) -> str:
    """Encode a note: the changelog has records up to the offset `end`, at least.

    The note has the counts of `handed_on`, if there are any.
    """
    place = f"{_PLACE} {end}"
    return f"{place} {_HANDED_ON} {','.join(map(str, handed_on))}" if handed_on else place


def read_handed_on(notes: Iterable[str]) -> Counts:
    """Read from notes how many records the partition has handed on."""
    return latest_counts(map(_handed_on, notes))


def describe_loss(begin: int, end: int, committed: Iterable[Committed]) -> str | None:
    """Describe what a changelog with these beginning and end offsets has lost, or None."""
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
    """The changelog offset up to which rows were written, by the notes of committed offsets."""
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
