"""Tries dead letters again: reads them, judges them, and sends those that are good by now."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from services.dead_letters.letter import DeadLetter, LetterId
from services.dead_letters.retry import Fate, RetryDoors, Verdict, verdict_on
from services.ingest.event_producer import Record

Send = Callable[[Sequence[Record]], Awaitable[None]]
"""Writes records, and returns once all replicas have them."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A letter that was tried again. `why` is the reason for which it had been refused."""

    id: LetterId
    why: str
    verdict: Verdict


@dataclass(slots=True)
class Report:
    """What became of each letter."""

    counts: Counter[tuple[str, Fate]] = field(default_factory=Counter)
    """By the reason for which they had been refused, and what became of them."""
    seen: set[LetterId] = field(default_factory=set)

    def add(self, tried: Iterable[Tried]) -> None:
        """Count them."""
        for each in tried:
            self.counts[each.why, each.verdict.fate] += 1
            self.seen.add(each.id)

    @property
    def retried(self) -> dict[str, int]:
        """How many go through their door again, by the reason for which they had been refused."""
        return self._by_reason(lambda fate: fate is Fate.RETRIED)

    @property
    def refused(self) -> dict[str, int]:
        """How many do not, likewise."""
        return self._by_reason(lambda fate: fate is not Fate.RETRIED)

    def _by_reason(self, counts: Callable[[Fate], bool]) -> dict[str, int]:
        found: Counter[str] = Counter()
        for (reason, fate), count in self.counts.items():
            if counts(fate):
                found[reason] += count
        return dict(sorted(found.items()))


async def tried_again(
    letters: Iterable[DeadLetter], doors: RetryDoors, send: Send | None
) -> list[Tried]:
    """Judge letters and send those that are good; with None for `send` only judge.

    What is given back is in Kafka. If this is killed, some letters may have been sent and not given
    back: to try them again is harmless, since a message counts once.
    """
    tried = [Tried(each.id, each.reason, verdict_on(each, doors)) for each in letters]
    records = [each.verdict.record for each in tried if each.verdict.record is not None]
    if records and send is not None:
        await send(records)
    return tried


def missing(ids: Iterable[LetterId], found: Collection[LetterId]) -> list[Tried]:
    """What is to be said of ids that no letter has."""
    gone = [each for each in dict.fromkeys(ids) if each not in found]
    verdict = Verdict(Fate.MISSING, "missing", "there is no dead letter with this id")
    return [Tried(each, "missing", verdict) for each in gone]
