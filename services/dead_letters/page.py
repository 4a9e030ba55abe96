"""Lists one page of dead letters, newest first, within bounds of work and time."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from services.dead_letters.dead_letter import DeadLetter
from services.dead_letters.reader import DeadLetterReader, OffsetRange
from services.dead_letters.selection import Selection
from services.dead_letters.view import ListedLetter, list_view
from services.platform.http.opaque_text import Kind, read_varints, seal, unseal, write_varints

CHUNK: Final = 200
"""The offsets of a partition that are read at once."""
MOST_READ: Final = 20_000
"""The letters that one page may read."""
TIME_S: Final = 5.0
"""The seconds that one page may take."""


@dataclass(frozen=True, slots=True)
class PageCursor:
    """The next page goes on before these offsets, one for each partition."""

    before: tuple[int, ...]

    def to_text(self) -> str:
        """URL-safe text."""
        return seal(Kind.DEAD_LETTERS, bytes(write_varints(self.before)))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a cursor; raises OpaqueError if it is none."""
        return cls(tuple(read_varints(unseal(Kind.DEAD_LETTERS, text))))


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much work one page may do: letters on it, letters read, and seconds by `clock`."""

    limit: int
    clock: Callable[[], float]
    most_read: int = MOST_READ
    time_s: float = TIME_S


@dataclass(frozen=True, slots=True)
class LetterPage:
    """Some letters, newest first. `next` is None on the last page.

    A page with few letters or none may have a next page: its bounds ended the reading.
    """

    letters: tuple[ListedLetter, ...]
    next: PageCursor | None


@dataclass(slots=True)
class _Backwards:
    """One partition, read backwards in chunks."""

    partition: int
    first: int
    before: int
    reached: int
    ready: deque[ListedLetter] = field(default_factory=deque)
    """The selected letters of the last chunk, newest first."""

    async def fill(self, reader: DeadLetterReader, wants: Callable[[DeadLetter], bool]) -> int:
        """Read one chunk if nothing is ready; return the number of offsets read."""
        if self.ready or self.reached <= self.first:
            return 0
        range_ = OffsetRange(max(self.first, self.reached - CHUNK), self.reached)
        async for letters in reader.read(self.partition, range_):
            self.ready.extendleft(list_view(each) for each in letters if wants(each))
        self.reached = range_.first
        if not self.ready:
            self.before = self.reached
        return range_.end - range_.first

    def pop(self) -> ListedLetter:
        """Take the newest letter that is ready."""
        newest = self.ready.popleft()
        self.before = newest.id.offset if self.ready else self.reached
        return newest


async def newest_first(
    reader: DeadLetterReader,
    selection: Selection,
    cursor: PageCursor | None,
    bounds: Bounds,
    is_hidden: Callable[[DeadLetter], bool] = lambda _: False,
) -> LetterPage:
    """Read the next page. Letters that arrive meanwhile are on no page of the same cursors."""

    def wants(letter: DeadLetter) -> bool:
        return selection.wants(letter) and not is_hidden(letter)

    ends = bounds.clock() + bounds.time_s
    partitions = await _partitions(reader, selection, cursor)
    found: list[ListedLetter] = []
    read = 0
    while len(found) < bounds.limit:
        for each in partitions:
            read += await each.fill(reader, wants)
        if all(each.ready or each.reached <= each.first for each in partitions):
            ready = [each for each in partitions if each.ready]
            if not ready:
                break
            found.append(max(ready, key=lambda each: (each.ready[0].at, each.ready[0].id)).pop())
        elif read >= bounds.most_read or bounds.clock() > ends:
            break
    left = any(each.before > each.first for each in partitions)
    return LetterPage(tuple(found), _cursor(partitions) if left else None)


async def _partitions(
    reader: DeadLetterReader, selection: Selection, cursor: PageCursor | None
) -> list[_Backwards]:
    ranges = await reader.ranges(selection.since, selection.until)
    before: Mapping[int, int] = {} if cursor is None else dict(enumerate(cursor.before))
    found = []
    for partition, range_ in sorted(ranges.items()):
        # A partition that the cursor does not name was added after the first page.
        end = range_.end if cursor is None else min(range_.end, before.get(partition, 0))
        found.append(_Backwards(partition, range_.first, end, reached=end))
    return found


def _cursor(partitions: list[_Backwards]) -> PageCursor:
    before = {each.partition: each.before for each in partitions}
    return PageCursor(tuple(before.get(each, 0) for each in range(max(before) + 1)))
