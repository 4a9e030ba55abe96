"""Judges one message: what goes into which topic, or why it does not.

It refuses for the reasons for which a worker would, by the worker's own decoder, and before: then
the sender hears of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from schemas import topics
from schemas.dead_letter import DeadLetterReason
from schemas.messages import catalogue
from schemas.messages.event_names import EVENT_NAMES
from schemas.messages.reading import Json, Reading, encode, parse
from schemas.messages.reading.field_names import set_arrival_names
from schemas.messages.spelling import CALLS, TYPES, word
from services.ingest.routing import topic_of
from services.ingest.translate import Arrival, translate
from topology.agents.decode import EventDecoder
from topology.agents.received import as_received
from topology.agents.refusal import Refusal
from topology.domain.history.event import Event
from topology.domain.history.instant import from_datetime


class Taken(NamedTuple):
    """A record for a topic, and the paths of the fields that were passed over."""

    topic: str
    key: bytes
    value: bytes
    message_id: str | None
    lifts: bool
    """Whether it takes its profile off the suppression list."""
    ignored: tuple[str, ...] = ()


class Ignored(NamedTuple):
    """A good message that means nothing to us, and the event that it names."""

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


@dataclass(frozen=True, slots=True)
class Validator:
    """By what messages are judged.

    `table` names the topic of each event. With `topic` set, everything goes there, and an event
    that nobody knows is refused instead of ignored. `may_unsuppress` says whether the sender may
    take customers off the suppression list.
    """

    table: Mapping[str, str]
    events: EventDecoder
    event_bytes: int
    topic: str | None = None
    may_unsuppress: bool = False


def validate(event: bytes, call: str | None, arrival: Arrival, validator: Validator) -> Verdict:
    """Say what becomes of a message. `call` is Segment's, if the path tells it."""
    said = _read(event)
    if isinstance(said, Refused):
        return said
    return _validated(event, said, call, arrival, validator)


def _validated(
    event: bytes, said: Json, call: str | None, arrival: Arrival, validator: Validator
) -> Verdict:
    set_arrival_names(said)
    message_id = _id_in(said)
    if len(event) > validator.event_bytes:
        detail = f"{len(event):,} bytes are more than {validator.event_bytes:,}"
        return Refused(message_id, DeadLetterReason.TOO_LARGE, detail)
    kind = call or word(said.get("type"), TYPES)
    if not isinstance(kind, str) or kind not in CALLS:
        detail = "type must be one of " + ", ".join(sorted(CALLS))
        return Refused(message_id, DeadLetterReason.UNKNOWN_SHAPE, detail)
    passed_over = set[str]()
    message = translate(said, kind, arrival, passed_over.add)
    topic = validator.topic
    if topic is None:
        if _means_nothing(kind, message):
            return Ignored(message_id, message.get("event"))
        topic = topic_of(message, validator.table)
    checked = _checked(message, topic or topics.SHOP_EVENTS, arrival, validator)
    if isinstance(checked, Refusal):
        return Refused(message_id, checked.reason, checked.detail)
    if checked.lifts and not validator.may_unsuppress:
        return NotAllowed(message_id)
    ignored = {*passed_over, *checked.ignored}
    return checked._replace(message_id=message_id, ignored=tuple(sorted(ignored)))


def _means_nothing(kind: str, message: Json) -> bool:
    """True for what is good, but tells of nothing that a customer's journey depends on."""
    event = message.get("event")
    unknown = isinstance(event, str) and bool(event) and EVENT_NAMES.name_of(event) is None
    return kind == "group" or (kind == "track" and unknown)


def _checked(message: Json, topic: str, arrival: Arrival, validator: Validator) -> Taken | Refusal:
    """What the worker will say, of the very bytes that it will see."""
    received, readings = from_datetime(arrival.received_at), list[Reading]()
    now = received if arrival.validated_at is None else from_datetime(arrival.validated_at)
    try:
        value = encode(message, exactly=True)
        event = validator.events.decode(as_received(topic, value, received), now, readings.append)
        if isinstance(event, Refusal):
            return event
        key, is_lift = event.profile.encode(), lifts(event)
        for reading in readings:
            return Taken(topic, key, encode(reading.content), None, is_lift, reading.ignored)
    except ValueError as error:
        return Refusal(DeadLetterReason.NOT_JSON, f"it can't be written: {error}")
    return Taken(topic, key, value, None, is_lift)


def lifts(event: Event) -> bool:
    """Whether an event takes its profile off the suppression list."""
    return event.name == catalogue.CUSTOMER_UNSUPPRESSED.name


def _read(event: bytes) -> Json | Refused:
    try:
        said = parse(event)
    except ValueError as error:
        return Refused(None, DeadLetterReason.NOT_JSON, f"this is no JSON in UTF-8: {error}")
    if not isinstance(said, dict):
        return Refused(None, DeadLetterReason.UNKNOWN_SHAPE, "this is JSON, but no object")
    return said


def _id_in(said: Json) -> str | None:
    """The id, as far as an answer repeats it."""
    found = said.get("messageId")
    return found[:256] if isinstance(found, str) else None
