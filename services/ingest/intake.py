"""The whole way of a request: from its messages to what Kafka has acknowledged."""

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from schemas.dead_letter import DeadLetterReason
from schemas.messages.event_names import EVENT_NAMES, unknown_event
from services.ingest.answers import NOT_ALLOWED, IgnoredPart, Received, Rejected
from services.ingest.dead_letters import dead_letter
from services.ingest.doors import Door
from services.ingest.event_producer import EventProducer, Record
from services.ingest.limits import Limits
from services.ingest.metrics import IngestMetrics
from services.ingest.problems import MessageRefused
from services.ingest.received_batch import Batch, NotReadableError
from services.ingest.translate import Arrival
from services.ingest.validate import Ignored, NotAllowed, Refused, Taken, Validator, validate
from services.platform.access.problems import KeyNotEnough
from services.platform.access.scope import Scope
from services.platform.http.body_problems import BodyTooLarge, NotReadable
from services.platform.http.problems import Problem
from topology.agents.decode import EventDecoder

AT_A_TIME: Final = 100
"""Messages that are judged before other requests have their turn."""
COMPARED: Final = 20
"""Unknown events of a request that are compared with all that are known: this is slow."""


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return f"api-{uuid.uuid4()}"


@dataclass(frozen=True, slots=True)
class Intake:
    """What taking in works with."""

    event_producer: EventProducer
    limits: Limits
    table: Mapping[str, str]
    """The topic of each event."""
    events: EventDecoder
    metrics: IngestMetrics
    now: Callable[[], datetime] = _now
    new_id: Callable[[], str] = _new_id


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends messages: whether they may take customers off the suppression list.

    `lifting` surrounds the writing of messages that do: it gets the profiles, and how many such
    messages were refused.
    """

    may_unsuppress: bool
    lifting: Callable[[Sequence[bytes], int], AbstractAsyncContextManager[None]]


@dataclass(slots=True)
class _Sorted:
    """The messages of a request by what becomes of them."""

    records: list[Record] = field(default_factory=list)
    accepted: int = 0
    ignored: list[IgnoredPart] = field(default_factory=list)
    passed_over: int = 0
    """Whole messages that were ignored."""
    rejected: list[Rejected] = field(default_factory=list)
    lifted: list[bytes] = field(default_factory=list)
    not_allowed: int = 0

    def take(self, index: int, taken: Taken) -> None:
        """Note a message that Kafka will get."""
        self.records.append(Record(taken.topic, taken.key, taken.value))
        self.accepted += 1
        if taken.lifts:
            self.lifted.append(taken.key)
        if taken.ignored:
            detail = (
                "these fields were passed over: they can't be read, decide nothing here, or have "
                "other names in the contract"
            )
            self.ignore(index, taken.message_id, detail, taken.ignored)

    def ignore(
        self, index: int, message_id: str | None, detail: str, fields: tuple[str, ...] = ()
    ) -> None:
        """Note what is not used of a message."""
        part = IgnoredPart(index=index, message_id=message_id, fields=fields, detail=detail)
        self.ignored.append(part)


async def take_in(intake: Intake, door: Door, batch: Batch, sender: Sender) -> Received:
    """Judge messages, and return once Kafka has them; the bad ones as dead letters.

    Args:
        intake: what this works with.
        door: where they came in.
        parcel: the messages.
        sender: who sends them.

    Raises:
        KeyNotEnough: the only one is none that its sender may send.
        MessageRefused: the only one is bad.
        BodyTooLarge: there are too many of them.
        Unavailable: Kafka has not acknowledged.
    """
    if len(batch.events) > intake.limits.events:
        raise BodyTooLarge(
            f"A batch may have {intake.limits.events:,} messages, and this one has "
            f"{len(batch.events):,}: send it in parts."
        )
    found = await _sorted(intake, door, batch, may_unsuppress=sender.may_unsuppress)
    if found.lifted or found.not_allowed:
        async with sender.lifting(found.lifted, found.not_allowed):
            await intake.event_producer.put(found.records)
    else:
        await intake.event_producer.put(found.records)
    intake.metrics.saw(
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
    return MessageRefused(rejected.reason, rejected.detail)


async def read(
    intake: Intake, door: Door, body: bytes, read_batch: Callable[[bytes], Batch]
) -> Batch:
    """Take a body apart. One that nobody can read becomes a dead letter as a whole.

    Raises:
        NotReadable: this is one.
        Unavailable: Kafka has not acknowledged.
    """
    try:
        return read_batch(body)
    except NotReadableError as error:
        letter = dead_letter(
            body,
            DeadLetterReason.NOT_JSON,
            str(error),
            path=door.path,
            index=0,
            received_at=intake.now(),
        )
        await intake.event_producer.put([letter])
        intake.metrics.saw(rejected=1)
        raise NotReadable(f"{error}.") from None


async def _sorted(intake: Intake, door: Door, batch: Batch, *, may_unsuppress: bool) -> _Sorted:
    arrival = Arrival(intake.now(), intake.new_id, batch.sent_at, batch.context or {})
    validator = Validator(
        intake.table, intake.events, intake.limits.event_bytes, door.topic, may_unsuppress
    )
    found = _Sorted()
    for index, event in enumerate(batch.events):
        if index % AT_A_TIME == AT_A_TIME - 1:
            await asyncio.sleep(0)
        verdict = validate(event, door.call, arrival, validator)
        match verdict:
            case Taken():
                found.take(index, verdict)
            case Ignored(message_id, name):
                found.passed_over += 1
                compare = found.passed_over <= COMPARED
                found.ignore(index, message_id, _why_ignored(name, compare=compare))
            case NotAllowed(message_id):
                found.not_allowed += 1
                found.rejected.append(
                    Rejected(
                        index=index,
                        message_id=message_id,
                        reason=NOT_ALLOWED,
                        detail=str(KeyNotEnough(Scope.UNSUPPRESS)),
                    )
                )
            case Refused(message_id, reason, detail):
                found.rejected.append(
                    Rejected(index=index, message_id=message_id, reason=reason, detail=detail)
                )
                found.records.append(
                    dead_letter(
                        event,
                        reason,
                        detail,
                        path=door.path,
                        index=index,
                        received_at=arrival.received_at,
                        batch=batch,
                    )
                )
    return found


def _why_ignored(event: object, *, compare: bool) -> str:
    if event is None:
        return "messages of this type mean nothing here"
    return unknown_event(event, EVENT_NAMES.near(event) if compare else None)
