"""What becomes of a dead letter that is tried again: pure.

The decoder that the workers have looks at it first, under the policy in force: what would only be
refused again is said, and not sent.
"""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from schemas import dead_letter as headers
from schemas.messages.quiet import QUIET
from schemas.messages.reading import moment
from schemas.messages.received import received_header
from services.dead_letters.dead_letter import DeadLetter, LetterId, moment_of
from services.dead_letters.erased import ErasedLetters
from services.ingest.answers import NOT_ALLOWED
from services.ingest.doors import DOORS, Door
from services.ingest.event_producer import Headers, Record
from services.ingest.translate import Arrival
from services.ingest.validate import Ignored, NotAllowed, Refused, Validator, lifts, validate
from topology.agents.decode import EventDecoder
from topology.agents.received import as_received
from topology.agents.refusal import Refusal
from topology.domain.history.instant import from_datetime

Send = Callable[[Sequence[Record]], Awaitable[None]]
"""Writes records, and returns once all replicas have them."""


class Fate(StrEnum):
    """What becomes of a dead letter."""

    RETRIED = "retried"
    """It goes through its door again."""
    REFUSED = "refused"
    """It would only be refused again."""
    IGNORED = "ignored"
    """It is good by now, and means nothing to anybody."""
    ERASED = "erased"
    """Whom it names was erased after it had come."""
    CUT = "cut"
    """Not all that was received is left."""
    INTERNAL = "internal"
    """It is no message: a tick of the clock, or what rows tell each other."""
    MISSING = "missing"
    """There is no dead letter with this id any more."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one letter; if it goes, `record` is what is sent."""

    fate: Fate
    reason: str
    """If it is refused again: why; else why it had been refused."""
    detail: str = ""
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class RetryDoors:
    """By what letters are judged: the decoder of the workers, the API's table and limits."""

    events: EventDecoder
    table: Mapping[str, str]
    event_bytes: int
    erased: ErasedLetters
    now: datetime
    may_unsuppress: bool
    """Whether who tries may take customers off the suppression list."""


_NOT_ALLOWED: Final = Verdict(
    Fate.REFUSED, NOT_ALLOWED, "it takes somebody off the suppression list: a scope of its own"
)


def verdict_on(letter: DeadLetter, doors: RetryDoors) -> Verdict:
    """Say what becomes of a letter that is tried again now."""
    door = DOORS.get(letter.source.topic)
    if door is None and not letter.source.is_topic:
        return Verdict(Fate.INTERNAL, letter.reason, "it is no message of a source")
    if letter.is_cut:
        return Verdict(Fate.CUT, letter.reason, "it was cut: send the original again")
    if letter.value is None:
        return Verdict(Fate.REFUSED, letter.reason, letter.detail)
    if doors.erased.has(letter):
        return Verdict(Fate.ERASED, letter.reason, "whom it names was erased after it had come")
    if door is not None:
        return _over_http(letter, letter.value, door, doors)
    return _over_kafka(letter, letter.value, doors)


def _over_kafka(letter: DeadLetter, value: bytes, doors: RetryDoors) -> Verdict:
    topic, key, marks = letter.source.topic, letter.key, _headers_of(letter)
    now = from_datetime(doors.now)
    event = doors.events.decode(as_received(topic, value, now, key=key, headers=marks), now)
    if isinstance(event, Refusal):
        return Verdict(Fate.REFUSED, event.reason, event.detail)
    if lifts(event) and not doors.may_unsuppress:
        return _NOT_ALLOWED
    return Verdict(Fate.RETRIED, letter.reason, record=Record(topic, key, value, marks))


def _over_http(letter: DeadLetter, value: bytes, door: Door, doors: RetryDoors) -> Verdict:
    arrival = Arrival(
        received_at=moment_of(letter.received_ms),
        new_id=lambda: str(letter.first_place),
        sent_at=moment(letter.said.get(headers.SENT_AT)),
        context=_context_of(letter),
        validated_at=doors.now,
    )
    validator = Validator(
        doors.table, doors.events, doors.event_bytes, door.topic, doors.may_unsuppress
    )
    found = validate(value, door.call, arrival, validator)
    if isinstance(found, Refused):
        return Verdict(Fate.REFUSED, found.reason, found.detail)
    if isinstance(found, NotAllowed):
        return _NOT_ALLOWED
    if isinstance(found, Ignored):
        return Verdict(Fate.IGNORED, letter.reason, "no customer's journey depends on it")
    record = Record(found.topic, found.key, found.value, _headers_of(letter))
    return Verdict(Fate.RETRIED, letter.reason, record=record)


def _headers_of(letter: DeadLetter) -> Headers:
    quiet = tuple(each for each in letter.headers if each[0] == QUIET)
    return (*quiet, letter.first_place.header(), received_header(letter.received_ms))


def _context_of(letter: DeadLetter) -> dict[str, Any]:
    try:
        said = json.loads(letter.said.get(headers.CONTEXT, "{}"))
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


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
