"""The whole way of a request: from its messages to what Kafka has acknowledged."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from schemas.dead_letter import DeadLetterReason
from services.ingest.answers import Received, Rejected
from services.ingest.budget import Budget
from services.ingest.dead_letters import dead_letter
from services.ingest.judge import Court, Ignored, Refused, Taken, judge
from services.ingest.limits import Limits
from services.ingest.metrics import IngestMetrics
from services.ingest.outlet import Outlet, Record
from services.ingest.parcel import NotReadableError, Parcel
from services.ingest.problems import BodyTooLarge, MessageRefused, NotReadable
from services.ingest.translate import Arrival
from topology.agents.decode import EventDecoder

AT_A_TIME: Final = 100
"""Messages that are judged before other requests have their turn."""


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return f"api-{uuid.uuid4()}"


@dataclass(frozen=True, slots=True)
class Intake:
    """What taking in works with."""

    outlet: Outlet
    budget: Budget
    limits: Limits
    table: Mapping[str, str]
    """The topic of each event."""
    events: EventDecoder
    metrics: IngestMetrics
    now: Callable[[], datetime] = _now
    new_id: Callable[[], str] = _new_id


@dataclass(frozen=True, slots=True)
class Door:
    """Where a request came in. `path` is that of the route.

    `call` is Segment's, `topic` the one for everything that comes through here: if the path tells.
    """

    path: str
    call: str | None = None
    topic: str | None = None


@dataclass(slots=True)
class _Sorted:
    """The messages of a request by what becomes of them."""

    records: list[Record] = field(default_factory=list)
    ignored: int = 0
    rejected: list[Rejected] = field(default_factory=list)


async def take_in(intake: Intake, door: Door, parcel: Parcel) -> Received:
    """Judge messages, and return once Kafka has them; the bad ones as dead letters.

    Raises:
        MessageRefused: the only one is bad.
        BodyTooLarge: there are too many of them.
        Unavailable: Kafka has not acknowledged.
    """
    if len(parcel.events) > intake.limits.events:
        raise BodyTooLarge(
            f"A batch may have {intake.limits.events:,} messages, and this one has "
            f"{len(parcel.events):,}: send it in parts."
        )
    found = await _sorted(intake, door, parcel)
    await intake.outlet.put(found.records)
    accepted = len(found.records) - len(found.rejected)
    intake.metrics.saw(accepted=accepted, ignored=found.ignored, rejected=len(found.rejected))
    if parcel.alone and found.rejected:
        raise MessageRefused(found.rejected[0].reason, found.rejected[0].detail)
    if not found.ignored and not found.rejected:
        return Received()
    return Received(accepted=accepted, ignored=found.ignored, rejected=tuple(found.rejected))


async def read(
    intake: Intake, door: Door, body: bytes, parcel_in: Callable[[bytes], Parcel]
) -> Parcel:
    """Take a body apart. One that nobody can read becomes a dead letter as a whole.

    Raises:
        NotReadable: this is one.
        Unavailable: Kafka has not acknowledged.
    """
    try:
        return parcel_in(body)
    except NotReadableError as error:
        letter = dead_letter(
            body,
            DeadLetterReason.NOT_JSON,
            str(error),
            path=door.path,
            index=0,
            received_at=intake.now(),
        )
        await intake.outlet.put([letter])
        intake.metrics.saw(rejected=1)
        raise NotReadable(f"{error}.") from None


async def _sorted(intake: Intake, door: Door, parcel: Parcel) -> _Sorted:
    arrival = Arrival(intake.now(), intake.new_id, parcel.sent_at, parcel.context or {})
    court = Court(intake.table, intake.events, intake.limits.event_bytes, door.topic)
    found = _Sorted()
    for index, event in enumerate(parcel.events):
        if index % AT_A_TIME == AT_A_TIME - 1:
            await asyncio.sleep(0)
        verdict = judge(event, door.call, arrival, court)
        match verdict:
            case Taken():
                found.records.append(Record(*verdict))
            case Ignored():
                found.ignored += 1
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
                        batch=parcel,
                    )
                )
    return found
