"""Judges one message: what goes into which topic, or why it does not.

It refuses for the reasons for which a worker would, by the worker's own decoder, and before: then
the sender hears of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec
from aiokafka import ConsumerRecord

from schemas import topics
from schemas.dead_letter import DeadLetterReason
from services.ingest.translate import Arrival, Json, translate
from services.replay.routing import topic_of
from topology.agents.decode import EventDecoder
from topology.agents.refusal import Refusal
from topology.domain.facts.instant import Instant, from_datetime

CALLS: Final = frozenset({"track", "identify", "alias", "page", "screen", "group"})
"""Segment's calls."""


class Taken(NamedTuple):
    """A record for a topic."""

    topic: str
    key: bytes
    value: bytes


class Ignored(NamedTuple):
    """A good message that means nothing to us."""

    message_id: str | None


class Refused(NamedTuple):
    """A message that can't be taken."""

    message_id: str | None
    reason: DeadLetterReason
    detail: str


Verdict = Taken | Ignored | Refused


@dataclass(frozen=True, slots=True)
class Court:
    """By what messages are judged.

    `table` names the topic of each event. With `topic` set, everything goes there, and an event
    that nobody knows is refused instead of ignored.
    """

    table: Mapping[str, str]
    events: EventDecoder
    event_bytes: int
    topic: str | None = None


_ENCODE: Final = msgspec.json.Encoder().encode
_DECODE: Final = msgspec.json.Decoder().decode


def judge(event: bytes, call: str | None, arrival: Arrival, court: Court) -> Verdict:
    """Say what becomes of a message. `call` is Segment's, if the path tells it."""
    said = _read(event)
    if isinstance(said, Refused):
        return said
    message_id = _id_in(said)
    if len(event) > court.event_bytes:
        detail = f"{len(event):,} bytes are more than {court.event_bytes:,}"
        return Refused(message_id, DeadLetterReason.TOO_LARGE, detail)
    kind = call or said.get("type")
    if not isinstance(kind, str) or kind not in CALLS:
        detail = "type must be one of " + ", ".join(sorted(CALLS))
        return Refused(message_id, DeadLetterReason.UNKNOWN_SHAPE, detail)
    message = translate(said, kind, arrival)
    topic = court.topic
    if topic is None:
        if _means_nothing(kind, message, court):
            return Ignored(message_id)
        topic = topic_of(message, court.table)
    return _checked(message, message_id, topic or topics.SHOP_EVENTS, arrival, court)


def _means_nothing(kind: str, message: Json, court: Court) -> bool:
    """True for what is good, but tells of nothing that a customer's journey depends on."""
    event = message.get("event")
    unknown = isinstance(event, str) and bool(event) and event not in court.table
    return kind == "group" or (kind == "track" and unknown)


def _checked(
    message: Json, message_id: str | None, topic: str, arrival: Arrival, court: Court
) -> Verdict:
    try:
        value = _ENCODE(message)
    except (UnicodeError, OverflowError, RecursionError) as error:
        return Refused(message_id, DeadLetterReason.NOT_JSON, f"it can't be written: {error}")
    now = from_datetime(arrival.judged_at or arrival.received_at)
    event = court.events.decode(_record(topic, value, now), now)
    if isinstance(event, Refusal):
        return Refused(message_id, event.reason, event.detail)
    return Taken(topic, event.profile.encode(), value)


def _record(topic: str, value: bytes, now: Instant) -> ConsumerRecord[bytes, bytes]:
    """The record as a worker will see it; its place only stands in for ids that are filled in."""
    return ConsumerRecord(topic, 0, 0, now // 1000, 1, None, value, None, -1, len(value), ())


def _read(event: bytes) -> Json | Refused:
    try:
        said: Any = _DECODE(event)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return Refused(None, DeadLetterReason.NOT_JSON, f"this is no JSON in UTF-8: {error}")
    if not isinstance(said, dict):
        return Refused(None, DeadLetterReason.UNKNOWN_SHAPE, "this is JSON, but no object")
    return said


def _id_in(said: Json) -> str | None:
    """The id, as far as an answer repeats it."""
    found = said.get("messageId")
    return found[:256] if isinstance(found, str) else None
