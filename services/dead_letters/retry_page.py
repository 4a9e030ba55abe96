"""A portion of dead letters that are tried again: as many as one request may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from services.dead_letters.dead_letter import DeadLetter, LetterId
from services.dead_letters.page import Bounds
from services.dead_letters.reader import LetterLog, Span, Spans
from services.dead_letters.retry import RetryDoors, Send, Tried, missing, tried_again
from services.dead_letters.selection import Selection
from services.platform.http.opaque_text import (
    Kind,
    OpaqueError,
    read_varints,
    seal,
    unseal,
    write_varints,
)


@dataclass(frozen=True, slots=True)
class PortionCursor:
    """What is left, by partition. What came since the first portion is not among it.

    So what a retry makes of a letter is not tried again by the portions after it.
    """

    spans: tuple[Span, ...]

    def to_text(self) -> str:
        """URL-safe text."""
        numbers = (number for span in self.spans for number in span)
        return seal(Kind.RETRIES, bytes(write_varints(numbers)))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a cursor; raises OpaqueError if it is none."""
        numbers = list(read_varints(unseal(Kind.RETRIES, text)))
        if len(numbers) % 2:
            raise OpaqueError("this is no cursor: take `next` of an earlier answer as it is")
        return cls(tuple(map(Span, numbers[::2], numbers[1::2])))


@dataclass(frozen=True, slots=True)
class Portion:
    """What is asked for: which letters, by what they are judged, and how many. See `try_again`."""

    selection: Selection
    doors: RetryDoors
    send: Send | None
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class TriedPortion:
    """What became of the letters. `next` is None once nothing is left to be looked at."""

    tried: tuple[Tried, ...]
    next: PortionCursor | None


async def portion_by_ids(log: LetterLog, ids: Sequence[LetterId], portion: Portion) -> TriedPortion:
    """Try the letters with these ids again, all of them."""
    tried: list[Tried] = []
    for each in dict.fromkeys(ids):
        letter = await log.read_one(each)
        letters = [] if letter is None else [letter]
        tried += await tried_again(letters, portion.doors, portion.send)
    found = {each.id for each in tried}
    return TriedPortion((*tried, *missing(ids, found)), None)


async def portion_of(
    log: LetterLog, cursor: PortionCursor | None, portion: Portion
) -> TriedPortion:
    """Try the next letters again, oldest first in each partition."""
    bounds = portion.bounds
    ends = bounds.clock() + bounds.time_s
    left = dict(await _spans(log, cursor, portion.selection))
    tried: list[Tried] = []
    read = 0
    for partition in sorted(left):
        async for letters in log.read(partition, left[partition]):
            wanted, reached = _first(letters, portion.selection, bounds.limit - len(tried))
            tried += await tried_again(wanted, portion.doors, portion.send)
            read += len(letters)
            left[partition] = Span(max(reached, left[partition].first), left[partition].end)
            if len(tried) >= bounds.limit or read >= bounds.most_read or bounds.clock() > ends:
                return TriedPortion(tuple(tried), _cursor(left))
        left[partition] = Span(left[partition].end, left[partition].end)
    return TriedPortion(tuple(tried), None)


def _first(
    letters: Sequence[DeadLetter], selection: Selection, most: int
) -> tuple[list[DeadLetter], int]:
    """Of some letters the first that are wanted, and the offset where the others begin."""
    wanted: list[DeadLetter] = []
    for letter in letters:
        if selection.wants(letter):
            wanted.append(letter)
            if len(wanted) == most:
                break
    last = wanted[-1] if len(wanted) == most else (letters[-1] if letters else None)
    return wanted, 0 if last is None else last.id.offset + 1


async def _spans(log: LetterLog, cursor: PortionCursor | None, selection: Selection) -> Spans:
    spans = await log.spans(selection.since, selection.until)
    if cursor is None:
        return spans
    left = dict(enumerate(cursor.spans))
    return {
        partition: Span(max(first, left[partition].first), min(end, left[partition].end))
        for partition, (first, end) in spans.items()
        if partition in left
    }


def _cursor(left: Spans) -> PortionCursor | None:
    if all(span.first >= span.end for span in left.values()):
        return None
    return PortionCursor(tuple(left.get(each, Span(0, 0)) for each in range(max(left) + 1)))
