"""The whole way of a request: from its messages to the records that Kafka has acknowledged."""

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import ClassVar, Final, Literal

from schemas.dead_letter import DeadLetterReason
from schemas.messages.event_names import EVENT_NAMES, unknown_event
from services.ingest.answers import NOT_ALLOWED, IgnoredPart, Received, Rejected
from services.ingest.batch import Batch, NotReadableError
from services.ingest.dead_letters import dead_letter
from services.ingest.decoders import Decoders
from services.ingest.event_producer import EventProducer, Record
from services.ingest.metrics import IngestMetrics
from services.ingest.routing import Endpoint, table_with
from services.ingest.validate import (
    Arrival,
    Ignored,
    NotAllowed,
    Refused,
    Taken,
    Validator,
    Verdict,
    validate,
)
from services.platform.access.scope import Scope
from services.platform.breaker import Breaker
from services.platform.http.problems import BodyTooLarge, KeyNotEnough, NotReadable, Problem
from services.platform.http.request_body import MemoryBudget
from services.platform.kafka.security import security_of
from services.platform.policies.current_book import Books
from services.platform.settings import Settings
from topology.agents.decode import EventDecoder


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of messages. A kilobyte has 1,024 bytes, as in Segment's libraries."""

    body_bytes: ClassVar[int] = 500 * 1024
    """Of a request, inflated. The routes declare it."""
    event_bytes: int = 32 * 1024
    events: int = 2_500
    """Messages in a batch."""
    acknowledged_s: float = 8.0
    """Seconds that Kafka may take. Segment's libraries give up after 10."""


AT_A_TIME: Final = 100
"""Messages that are validated before other requests have their turn."""
COMPARED: Final = 20
"""Unknown events of a request that are compared with all that are known: this is slow."""


class MessageRefused(Problem):
    """The one message of the request can't be taken."""

    status, kind = HTTPStatus.BAD_REQUEST, "message-refused"


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return f"api-{uuid.uuid4()}"


@dataclass(frozen=True, slots=True)
class Intake:
    """The dependencies of taking in."""

    event_producer: EventProducer
    limits: Limits
    table: Mapping[str, str]
    """The topic of each event."""
    decoders: Decoders
    metrics: IngestMetrics
    now: Callable[[], datetime] = _now
    new_id: Callable[[], str] = _new_id

    @property
    def events(self) -> EventDecoder:
        """The decoder of the policy in force now."""
        return self.decoders.current


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of messages: whether they may take customers off the suppression list.

    `lifting` surrounds the writing of messages that do. It gets the profiles, and how many such
    messages were refused.
    """

    may_unsuppress: bool
    lifting: Callable[[Sequence[bytes], int], AbstractAsyncContextManager[None]]


@dataclass(slots=True)
class _Sorted:
    """The messages of a request, by their verdicts."""

    records: list[Record] = field(default_factory=list)
    accepted: int = 0
    ignored: list[IgnoredPart] = field(default_factory=list)
    passed_over: int = 0
    """Whole messages that were ignored."""
    rejected: list[Rejected] = field(default_factory=list)
    lifted: list[bytes] = field(default_factory=list)
    not_allowed: int = 0

    def add(self, index: int, verdict: Verdict) -> None:
        """Record a message by its verdict."""
        match verdict:
            case Taken():
                self._take(index, verdict)
            case Ignored(message_id, name):
                self.passed_over += 1
                detail = _why_ignored(name, compare=self.passed_over <= COMPARED)
                self._ignore(index, message_id, detail)
            case NotAllowed(message_id):
                self.not_allowed += 1
                self._reject(index, message_id, NOT_ALLOWED, str(KeyNotEnough(Scope.UNSUPPRESS)))
            case Refused(message_id, reason, detail):
                self._reject(index, message_id, reason, detail)

    def _take(self, index: int, taken: Taken) -> None:
        self.records.append(Record(taken.topic, taken.key, taken.value))
        self.accepted += 1
        if taken.lifts:
            self.lifted.append(taken.key)
        if taken.ignored:
            detail = (
                "these fields were passed over: they can't be read, decide nothing here, or have "
                "other names in the contract"
            )
            self._ignore(index, taken.message_id, detail, taken.ignored)

    def _ignore(
        self, index: int, message_id: str | None, detail: str, fields: tuple[str, ...] = ()
    ) -> None:
        part = IgnoredPart(index=index, message_id=message_id, fields=fields, detail=detail)
        self.ignored.append(part)

    def _reject(
        self,
        index: int,
        message_id: str | None,
        reason: DeadLetterReason | Literal["not_allowed"],
        detail: str,
    ) -> None:
        rejected = Rejected(index=index, message_id=message_id, reason=reason, detail=detail)
        self.rejected.append(rejected)


async def take_in(intake: Intake, endpoint: Endpoint, batch: Batch, sender: Sender) -> Received:
    """Validate messages, and return once Kafka has them; the bad ones as dead letters.

    Args:
        intake: the dependencies.
        endpoint: the one that received the messages.
        batch: the messages.
        sender: who sends them, and what they may send.

    Raises:
        KeyNotEnough: the sender may not send the only message.
        MessageRefused: the only message is bad.
        BodyTooLarge: there are too many messages.
        Unavailable: Kafka has not acknowledged.
    """
    if len(batch.events) > intake.limits.events:
        raise BodyTooLarge(
            f"A batch may have {intake.limits.events:,} messages, and this one has "
            f"{len(batch.events):,}: send it in parts."
        )
    found = await _sorted(intake, endpoint, batch, may_unsuppress=sender.may_unsuppress)
    if found.lifted or found.not_allowed:
        async with sender.lifting(found.lifted, found.not_allowed):
            await intake.event_producer.put(found.records)
    else:
        await intake.event_producer.put(found.records)
    intake.metrics.count(
        accepted=found.accepted, ignored=found.passed_over, rejected=len(found.rejected)
    )
    intake.metrics.fields.count(path for each in found.ignored for path in each.fields)
    if batch.alone and found.rejected:
        raise _refusal(found.rejected[0])
    if not found.ignored and not found.rejected:
        return Received()
    ignored, rejected = tuple(found.ignored), tuple(found.rejected)
    return Received(accepted=found.accepted, ignored=ignored, rejected=rejected)


def _refusal(rejected: Rejected) -> Problem:
    """The answer if the only message of a request is rejected."""
    if rejected.reason == NOT_ALLOWED:
        return KeyNotEnough(Scope.UNSUPPRESS)
    return MessageRefused(f"{rejected.reason}: {rejected.detail}")


async def read(
    intake: Intake, endpoint: Endpoint, body: bytes, read_batch: Callable[[bytes], Batch]
) -> Batch:
    """Take a body apart. One that can't be read becomes a dead letter as a whole.

    Raises:
        NotReadable: it can't be read.
        Unavailable: Kafka has not acknowledged.
    """
    try:
        return read_batch(body)
    except NotReadableError as error:
        await refuse_whole(intake, endpoint, body, DeadLetterReason.NOT_JSON, str(error))
        raise NotReadable(f"{error}.") from None


async def refuse_whole(
    intake: Intake, endpoint: Endpoint, body: bytes, reason: DeadLetterReason, detail: str
) -> None:
    """Make a dead letter of a whole body, and return once Kafka has it; raises Unavailable."""
    letter = dead_letter(
        body, reason, detail, path=endpoint.path, index=0, received_at=intake.now()
    )
    await intake.event_producer.put([letter])
    intake.metrics.count(rejected=1)


async def _sorted(
    intake: Intake, endpoint: Endpoint, batch: Batch, *, may_unsuppress: bool
) -> _Sorted:
    arrival = Arrival(intake.now(), intake.new_id, batch.sent_at, batch.context or {})
    validator = Validator(
        intake.table, intake.events, intake.limits.event_bytes, endpoint.topic, may_unsuppress
    )
    found = _Sorted()
    for index, event in enumerate(batch.events):
        if index % AT_A_TIME == AT_A_TIME - 1:
            await asyncio.sleep(0)
        verdict = validate(event, endpoint.call, arrival, validator)
        found.add(index, verdict)
        if isinstance(verdict, Refused):
            found.records.append(
                dead_letter(
                    event,
                    verdict.reason,
                    verdict.detail,
                    path=endpoint.path,
                    index=index,
                    received_at=arrival.received_at,
                    batch=batch,
                )
            )
    return found


def _why_ignored(event: object, *, compare: bool) -> str:
    if event is None:
        return "messages of this type mean nothing here"
    return unknown_event(event, EVENT_NAMES.near(event) if compare else EVENT_NAMES.listed(event))


def open_intake(
    settings: Settings,
    *,
    kafka: str,
    books: Books,
    budget: MemoryBudget,
    limits: Limits = Limits(),
    breaker: Breaker | None = None,
) -> Intake:
    """Return an intake whose producer is not connected yet. It must be made inside of a loop."""
    event_producer = EventProducer(
        kafka,
        timeout_s=limits.acknowledged_s,
        security=security_of(settings),
        breaker=breaker,
    )
    return Intake(
        event_producer=event_producer,
        limits=limits,
        table=table_with(settings.event_topics),
        decoders=Decoders(books),
        metrics=IngestMetrics(lambda: event_producer.up, lambda: budget.taken),
    )
