"""What becomes of a dead letter that is tried again: pure.

The decoder that the workers have looks at it first, under the policy in force: what would only be
refused again is said, and not sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from schemas import dead_letter as headers
from schemas.messages.reading import parse, parse_time
from schemas.messages.record_headers import QUIET, received_header
from services.dead_letters.erased import ErasedLetters
from services.dead_letters.letter import DeadLetter, moment_of
from services.ingest.answers import NOT_ALLOWED
from services.ingest.doors import DOORS, Door
from services.ingest.event_producer import Headers, Record
from services.ingest.translate import Arrival
from services.ingest.validate import Ignored, NotAllowed, Refused, Validator, lifts, validate
from topology.agents.decode import EventDecoder
from topology.agents.received import as_received
from topology.agents.refusal import Refusal
from topology.domain.history.instant import from_datetime


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
        sent_at=parse_time(letter.said.get(headers.SENT_AT)),
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
        said = parse(letter.said.get(headers.CONTEXT, "{}").encode())
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
