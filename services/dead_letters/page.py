"""A page of dead letters, newest first, within bounds of work and time."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from services.dead_letters.dead_letter import DeadLetter
from services.dead_letters.reader import LetterLog, Span
from services.dead_letters.selection import Selection
from services.dead_letters.view import ListedLetter, listed
from services.platform.http.opaque_text import Kind, read_varints, seal, unseal, write_varints

CHUNK: Final = 200
"""Offsets of a partition that are read at once."""
MOST_READ: Final = 20_000
"""Letters that are looked at for one page."""
TIME_S: Final = 5.0
"""Seconds that one page may take."""


@dataclass(frozen=True, slots=True)
class PageCursor:
    """Of each partition the offset before which the next page goes on."""

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
    """How much work a page may be: letters of it, letters looked at, and time by `clock`."""

    limit: int
    clock: Callable[[], float]
    most_read: int = MOST_READ
    time_s: float = TIME_S


@dataclass(frozen=True, slots=True)
class LetterPage:
    """Some letters, newest first. `next` is None once nothing is left to be looked at.

    Few letters found, or none, mean only that a page looks at no more than its bounds say.
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
    """What is wanted of the chunk that was read last, newest first."""

    async def fill(self, log: LetterLog, wants: Callable[[DeadLetter], bool]) -> int:
        """Read one chunk if nothing is ready; return how many offsets were looked at."""
        if self.ready or self.reached <= self.first:
            return 0
        span = Span(max(self.first, self.reached - CHUNK), self.reached)
        async for letters in log.read(self.partition, span):
            self.ready.extendleft(listed(each) for each in letters if wants(each))
        self.reached = span.first
        if not self.ready:
            self.before = self.reached
        return span.end - span.first

    def pop(self) -> ListedLetter:
        """Take the newest that is ready."""
        newest = self.ready.popleft()
        self.before = newest.id.offset if self.ready else self.reached
        return newest


async def newest_first(
    log: LetterLog,
    selection: Selection,
    cursor: PageCursor | None,
    bounds: Bounds,
    is_hidden: Callable[[DeadLetter], bool] = lambda _: False,
) -> LetterPage:
    """The next page. Letters that come meanwhile are on no page of the same cursors."""

    def wants(letter: DeadLetter) -> bool:
        return selection.wants(letter) and not is_hidden(letter)

    ends = bounds.clock() + bounds.time_s
    partitions = await _partitions(log, selection, cursor)
    found: list[ListedLetter] = []
    read = 0
    while len(found) < bounds.limit:
        for each in partitions:
            read += await each.fill(log, wants)
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
    log: LetterLog, selection: Selection, cursor: PageCursor | None
) -> list[_Backwards]:
    spans = await log.spans(selection.since, selection.until)
    before: Mapping[int, int] = {} if cursor is None else dict(enumerate(cursor.before))
    found = []
    for partition, span in sorted(spans.items()):
        # A partition that the cursor does not name has come since.
        end = span.end if cursor is None else min(span.end, before.get(partition, 0))
        found.append(_Backwards(partition, span.first, end, reached=end))
    return found


def _cursor(partitions: list[_Backwards]) -> PageCursor:
    before = {each.partition: each.before for each in partitions}
    return PageCursor(tuple(before.get(each, 0) for each in range(max(before) + 1)))
