"""Retries one page of dead letters: as many as one request may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from services.dead_letters.dead_letter import DeadLetter, LetterId
from services.dead_letters.page import Bounds
from services.dead_letters.reader import DeadLetterReader, OffsetRange, OffsetRanges
from services.dead_letters.retry import (
    RetryContext,
    RetryResult,
    Send,
    missing_results,
    retry_letters,
)
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
class RetryCursor:
    """The offsets that are left, by partition.

    Letters that arrived after the first page are not among them, so a letter that is refused again
    is not retried by a later page.
    """

    ranges: tuple[OffsetRange, ...]

    def to_text(self) -> str:
        """URL-safe text."""
        numbers = (number for range_ in self.ranges for number in range_)
        return seal(Kind.RETRIES, bytes(write_varints(numbers)))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a cursor; raises OpaqueError if it is none."""
        numbers = list(read_varints(unseal(Kind.RETRIES, text)))
        if len(numbers) % 2:
            raise OpaqueError("this is no cursor: take `next` of an earlier answer as it is")
        return cls(tuple(map(OffsetRange, numbers[::2], numbers[1::2])))


@dataclass(frozen=True, slots=True)
class RetryPageRequest:
    """Which letters to retry, and how many. Without `send` they are only validated."""

    selection: Selection
    context: RetryContext
    send: Send | None
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class RetryPage:
    """What became of the letters. `next` is None on the last page."""

    tried: tuple[RetryResult, ...]
    next: RetryCursor | None


async def retry_by_ids(
    reader: DeadLetterReader, ids: Sequence[LetterId], request: RetryPageRequest
) -> RetryPage:
    """Retry every letter with one of these ids."""
    tried: list[RetryResult] = []
    for each in dict.fromkeys(ids):
        letter = await reader.read_one(each)
        letters = [] if letter is None else [letter]
        tried += await retry_letters(letters, request.context, request.send)
    found = {each.id for each in tried}
    return RetryPage((*tried, *missing_results(ids, found)), None)


async def retry_next_page(
    reader: DeadLetterReader, cursor: RetryCursor | None, request: RetryPageRequest
) -> RetryPage:
    """Retry the next letters, oldest first in each partition."""
    bounds = request.bounds
    ends = bounds.clock() + bounds.time_s
    left = dict(await _ranges(reader, cursor, request.selection))
    tried: list[RetryResult] = []
    read = 0
    for partition in sorted(left):
        async for letters in reader.read(partition, left[partition]):
            wanted, reached = _first(letters, request.selection, bounds.limit - len(tried))
            tried += await retry_letters(wanted, request.context, request.send)
            read += len(letters)
            left[partition] = OffsetRange(max(reached, left[partition].first), left[partition].end)
            if len(tried) >= bounds.limit or read >= bounds.most_read or bounds.clock() > ends:
                return RetryPage(tuple(tried), _cursor(left))
        left[partition] = OffsetRange(left[partition].end, left[partition].end)
    return RetryPage(tuple(tried), None)


def _first(
    letters: Sequence[DeadLetter], selection: Selection, most: int
) -> tuple[list[DeadLetter], int]:
    """The first selected letters, and the offset at which the next page begins."""
    wanted: list[DeadLetter] = []
    for letter in letters:
        if selection.wants(letter):
            wanted.append(letter)
            if len(wanted) == most:
                break
    last = wanted[-1] if len(wanted) == most else (letters[-1] if letters else None)
    return wanted, 0 if last is None else last.id.offset + 1


async def _ranges(
    reader: DeadLetterReader, cursor: RetryCursor | None, selection: Selection
) -> OffsetRanges:
    ranges = await reader.ranges(selection.since, selection.until)
    if cursor is None:
        return ranges
    left = dict(enumerate(cursor.ranges))
    return {
        partition: OffsetRange(max(first, left[partition].first), min(end, left[partition].end))
        for partition, (first, end) in ranges.items()
        if partition in left
    }


def _cursor(left: OffsetRanges) -> RetryCursor | None:
    if all(range_.first >= range_.end for range_ in left.values()):
        return None
    return RetryCursor(tuple(left.get(each, OffsetRange(0, 0)) for each in range(max(left) + 1)))
