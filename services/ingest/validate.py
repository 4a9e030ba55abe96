"""Validates one message: it becomes a record of a topic, or the verdict says why it does not.

A call of Segment's is first translated into a message of the contract. Then the worker's own
decoder reads it, so the sender learns at once what a worker would refuse later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from schemas import topics
from schemas.dead_letter import DeadLetterReason
from schemas.messages import catalogue
from schemas.messages.event_names import EVENT_NAMES
from schemas.messages.reading import (
    Json,
    Reading,
    UnreadableTimeError,
    encode,
    encode_exactly,
    parse,
    set_time,
)
from schemas.messages.reading.field_names import set_arrival_names
from schemas.messages.reading.ids import set_message_id
from schemas.messages.reading.message import spell
from schemas.messages.spelling import CALLS, TYPES, word
from services.ingest.routing import topic_of
from topology.agents.dead_letters import Refusal
from topology.agents.decode import EventDecoder
from topology.agents.received import as_received
from topology.domain.history.event import Event
from topology.domain.history.instant import from_datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """The facts that are the same for all messages of a request."""

    received_at: datetime
    new_id: Callable[[], str]
    """Makes the id of a message that has none."""
    sent_at: datetime | None = None
    """By the sender's clock."""
    context: Mapping[str, Any] = field(default_factory=dict)
    """Of the batch: a message's own context goes before it."""
    validated_at: datetime | None = None
    """Of a message that is tried again: it is validated later than it was received."""


@dataclass(frozen=True, slots=True)
class Validator:
    """The rules by which messages are validated.

    `table` names the topic of each event. With `topic` set, every message goes there, and an
    unknown event is refused instead of ignored. `may_unsuppress` says whether the sender may take
    customers off the suppression list.
    """

    table: Mapping[str, str]
    events: EventDecoder
    event_bytes: int
    topic: str | None = None
    may_unsuppress: bool = False


class Taken(NamedTuple):
    """A record for a topic, and the paths of the fields that were ignored."""

    topic: str
    key: bytes
    value: bytes
    message_id: str | None
    lifts: bool
    """Whether it takes its profile off the suppression list."""
    ignored: tuple[str, ...] = ()


class Ignored(NamedTuple):
    """A good message that means nothing here, and the event that it names."""

    message_id: str | None
    event: object = None


class Refused(NamedTuple):
    """A message that can't be taken."""

    message_id: str | None
    reason: DeadLetterReason
    detail: str


class NotAllowed(NamedTuple):
    """A good message that its sender may not send."""

    message_id: str | None


Verdict = Taken | Ignored | Refused | NotAllowed


def validate(event: bytes, call: str | None, arrival: Arrival, validator: Validator) -> Verdict:
    """Return the verdict on a message. `call` is Segment's, if the path names it."""
    content = _object_in(event)
    if isinstance(content, Refused):
        return content
    return _validated(event, content, call, arrival, validator)


def _validated(
    event: bytes, content: Json, call: str | None, arrival: Arrival, validator: Validator
) -> Verdict:
    set_arrival_names(content)
    message_id = _id_in(content)
    if len(event) > validator.event_bytes:
        detail = f"{len(event):,} bytes are more than {validator.event_bytes:,}"
        return Refused(message_id, DeadLetterReason.TOO_LARGE, detail)
    kind = call or word(content.get("type"), TYPES)
    if not isinstance(kind, str) or kind not in CALLS:
        detail = "type must be one of " + ", ".join(sorted(CALLS))
        return Refused(message_id, DeadLetterReason.UNKNOWN_SHAPE, detail)
    passed_over = set[str]()
    message = translate(content, kind, arrival, passed_over.add)
    topic = validator.topic
    if topic is None:
        if _means_nothing(kind, message):
            return Ignored(message_id, message.get("event"))
        topic = topic_of(message, validator.table)
    verdict = _decoded(message, topic or topics.SHOP_EVENTS, arrival, validator)
    if isinstance(verdict, Refusal):
        return Refused(message_id, verdict.reason, verdict.detail)
    if verdict.lifts and not validator.may_unsuppress:
        return NotAllowed(message_id)
    ignored = {*passed_over, *verdict.ignored}
    return verdict._replace(message_id=message_id, ignored=tuple(sorted(ignored)))


def _object_in(event: bytes) -> Json | Refused:
    try:
        content = parse(event)
    except ValueError as error:
        return Refused(None, DeadLetterReason.NOT_JSON, f"this is no JSON in UTF-8: {error}")
    if not isinstance(content, dict):
        return Refused(None, DeadLetterReason.UNKNOWN_SHAPE, "this is JSON, but no object")
    return content


def _id_in(content: Json) -> str | None:
    """The id, as far as an answer repeats it."""
    found = content.get("messageId")
    return found[:256] if isinstance(found, str) else None


def translate(
    content: Json, kind: str, arrival: Arrival, pass_over: Callable[[str], object]
) -> Json:
    """Return a message of the contract: `content`, as the call `kind`.

    It has no field that is null, and no write key, which some libraries put into the message. All
    else the worker's decoder reads.
    """
    message = {name: value for name, value in content.items() if value is not None}
    message.pop("writeKey", None)
    message["type"] = kind
    _set_context(message, arrival.context)
    spell(message)
    _set_time(message, arrival, pass_over)
    set_message_id(message, pass_over)
    if "messageId" not in message:
        message["messageId"] = arrival.new_id()
    return message


def _set_context(message: Json, common: Mapping[str, Any]) -> None:
    own = message.get("context", {})
    if isinstance(own, dict) and common:
        message["context"] = {**common, **own}


def _set_time(message: Json, arrival: Arrival, pass_over: Callable[[str], object]) -> None:
    """Set the time by our clock. One that can't be read stays, and the decoder refuses it."""
    if arrival.sent_at is not None:
        message["sentAt"] = arrival.sent_at.isoformat()
    try:
        set_time(message, arrival.received_at, pass_over)
    except UnreadableTimeError:
        return
    if "timestamp" in message:
        message.setdefault("receivedAt", arrival.received_at.isoformat())


def _means_nothing(kind: str, message: Json) -> bool:
    """True for a good message on which no customer's journey depends."""
    event = message.get("event")
    unknown = isinstance(event, str) and bool(event) and EVENT_NAMES.name_of(event) is None
    return kind == "group" or (kind == "track" and unknown)


def _decoded(message: Json, topic: str, arrival: Arrival, validator: Validator) -> Taken | Refusal:
    """Return the record of a message as the worker will decode it, or why the worker refuses it.

    A message that is strict JSON is not decoded from its bytes again.
    """
    received, readings = from_datetime(arrival.received_at), list[Reading]()
    now = received if arrival.validated_at is None else from_datetime(arrival.validated_at)
    try:
        value, is_strict = encode_exactly(message)
        record, content = as_received(topic, value, received), message if is_strict else None
        event = validator.events.decode(record, now, readings.append, content)
        if isinstance(event, Refusal):
            return event
        key, is_lift = event.profile.encode(), lifts(event)
        for reading in readings:
            return Taken(
                topic=topic,
                key=key,
                value=encode(reading.content),
                message_id=None,
                lifts=is_lift,
                ignored=reading.ignored,
            )
    except ValueError as error:
        return Refusal(DeadLetterReason.NOT_JSON, f"it can't be written: {error}")
    return Taken(topic, key, value, None, is_lift)


def lifts(event: Event) -> bool:
    """Whether an event takes its profile off the suppression list."""
    return event.name == catalogue.CUSTOMER_UNSUPPRESSED.name
