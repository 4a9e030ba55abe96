"""Retries dead letters: decides what becomes of each, and sends those that are accepted now.

The workers' decoder validates each letter first, under the policy in force. A letter that the
workers would refuse again is reported, and not sent.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from schemas import dead_letter as headers
from schemas.messages.reading import parse, parse_time
from schemas.messages.record_headers import QUIET, received_header
from services.dead_letters.dead_letter import DeadLetter, LetterId, datetime_of_ms
from services.dead_letters.erased import ErasedLetters
from services.ingest.answers import NOT_ALLOWED
from services.ingest.event_producer import Headers, Record
from services.ingest.routing import Endpoint, endpoint_at
from services.ingest.validate import (
    Arrival,
    Ignored,
    NotAllowed,
    Refused,
    Validator,
    lifts,
    validate,
)
from topology.agents.dead_letters import Refusal
from topology.agents.decode import EventDecoder
from topology.agents.received import as_received
from topology.domain.history.instant import from_datetime

Send = Callable[[Sequence[Record]], Awaitable[None]]
"""Writes records, and returns once all replicas have them."""


class Fate(StrEnum):
    """What becomes of a dead letter."""

    RETRIED = "retried"
    """It is sent to its topic again."""
    REFUSED = "refused"
    """The workers would refuse it again."""
    IGNORED = "ignored"
    """It is valid by now, but no customer's journey depends on it."""
    ERASED = "erased"
    """It names somebody who was erased after it had arrived."""
    CUT = "cut"
    """A part of the original message is missing."""
    INTERNAL = "internal"
    """It is no message of a source: a tick of the clock, or a record between rows."""
    MISSING = "missing"
    """There is no dead letter with this id any more."""


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """What becomes of one letter; `record` is sent if it is retried."""

    fate: Fate
    reason: str
    """Why it would be refused again, else the reason of the dead letter."""
    detail: str = ""
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class RetryContext:
    """What a decision depends on: the workers' decoder, the API's routing table and limits."""

    events: EventDecoder
    table: Mapping[str, str]
    event_bytes: int
    erased: ErasedLetters
    now: datetime
    may_unsuppress: bool
    """Whether the caller may take customers off the suppression list."""


_NOT_ALLOWED: Final = RetryDecision(
    Fate.REFUSED, NOT_ALLOWED, "it takes somebody off the suppression list: a scope of its own"
)


def decide_retry(letter: DeadLetter, context: RetryContext) -> RetryDecision:
    """Decide what becomes of a letter that is retried now: pure."""
    endpoint = endpoint_at(letter.source.topic)
    if endpoint is None and not letter.source.is_topic:
        return RetryDecision(Fate.INTERNAL, letter.reason, "it is no message of a source")
    if letter.is_cut:
        return RetryDecision(Fate.CUT, letter.reason, "it was cut: send the original again")
    if letter.value is None:
        return RetryDecision(Fate.REFUSED, letter.reason, letter.detail)
    if context.erased.has(letter):
        return RetryDecision(
            Fate.ERASED, letter.reason, "whom it names was erased after it had come"
        )
    if endpoint is not None:
        return _over_http(letter, letter.value, endpoint, context)
    return _over_kafka(letter, letter.value, context)


def _over_kafka(letter: DeadLetter, value: bytes, context: RetryContext) -> RetryDecision:
    topic, key, sent_headers = letter.source.topic, letter.key, _headers_of(letter)
    now = from_datetime(context.now)
    event = context.events.decode(
        as_received(topic, value, now, key=key, headers=sent_headers), now
    )
    if isinstance(event, Refusal):
        return RetryDecision(Fate.REFUSED, event.reason, event.detail)
    if lifts(event) and not context.may_unsuppress:
        return _NOT_ALLOWED
    return RetryDecision(
        Fate.RETRIED, letter.reason, record=Record(topic, key, value, sent_headers)
    )


def _over_http(
    letter: DeadLetter, value: bytes, endpoint: Endpoint, context: RetryContext
) -> RetryDecision:
    arrival = Arrival(
        received_at=datetime_of_ms(letter.received_ms),
        new_id=lambda: str(letter.first_place),
        sent_at=parse_time(letter.header_texts.get(headers.SENT_AT)),
        context=_context_of(letter),
        validated_at=context.now,
    )
    validator = Validator(
        context.table, context.events, context.event_bytes, endpoint.topic, context.may_unsuppress
    )
    found = validate(value, endpoint.call, arrival, validator)
    if isinstance(found, Refused):
        return RetryDecision(Fate.REFUSED, found.reason, found.detail)
    if isinstance(found, NotAllowed):
        return _NOT_ALLOWED
    if isinstance(found, Ignored):
        return RetryDecision(Fate.IGNORED, letter.reason, "no customer's journey depends on it")
    record = Record(found.topic, found.key, found.value, _headers_of(letter))
    return RetryDecision(Fate.RETRIED, letter.reason, record=record)


def _headers_of(letter: DeadLetter) -> Headers:
    quiet = tuple(each for each in letter.headers if each[0] == QUIET)
    return (*quiet, letter.first_place.header(), received_header(letter.received_ms))


def _context_of(letter: DeadLetter) -> dict[str, Any]:
    try:
        context = parse(letter.header_texts.get(headers.CONTEXT, "{}").encode())
    except ValueError:
        return {}
    return context if isinstance(context, dict) else {}


@dataclass(frozen=True, slots=True)
class RetryResult:
    """What became of one letter; `reason` is that of the dead letter."""

    id: LetterId
    reason: str
    decision: RetryDecision


@dataclass(slots=True)
class RetryTotals:
    """How many letters were retried and refused, by the reason of the dead letter."""

    counts: Counter[tuple[str, Fate]] = field(default_factory=Counter)
    """By the reason of the dead letter, and its outcome."""
    seen: set[LetterId] = field(default_factory=set)

    def add(self, tried: Iterable[RetryResult]) -> None:
        """Count results."""
        for each in tried:
            self.counts[each.reason, each.decision.fate] += 1
            self.seen.add(each.id)

    @property
    def retried(self) -> dict[str, int]:
        """The number of letters that are sent again, by reason."""
        return self._by_reason(lambda fate: fate is Fate.RETRIED)

    @property
    def refused(self) -> dict[str, int]:
        """The number of letters that are not sent, by reason."""
        return self._by_reason(lambda fate: fate is not Fate.RETRIED)

    def _by_reason(self, counts: Callable[[Fate], bool]) -> dict[str, int]:
        found: Counter[str] = Counter()
        for (reason, fate), count in self.counts.items():
            if counts(fate):
                found[reason] += count
        return dict(sorted(found.items()))


async def retry_letters(
    letters: Iterable[DeadLetter], context: RetryContext, send: Send | None
) -> list[RetryResult]:
    """Validate letters and send those that are accepted; without `send` only validate.

    When this returns, Kafka has the letters. If the process is killed, it may have sent letters
    without returning them. Retrying those is harmless, since a message counts once.
    """
    tried = [RetryResult(each.id, each.reason, decide_retry(each, context)) for each in letters]
    records = [each.decision.record for each in tried if each.decision.record is not None]
    if records and send is not None:
        await send(records)
    return tried


def missing_results(ids: Iterable[LetterId], found: Collection[LetterId]) -> list[RetryResult]:
    """The results for ids that no letter has."""
    gone = [each for each in dict.fromkeys(ids) if each not in found]
    decision = RetryDecision(Fate.MISSING, "missing", "there is no dead letter with this id")
    return [RetryResult(each, "missing", decision) for each in gone]
