"""Both ways in: a message over HTTP, and the same bytes as a record in Kafka."""

import json
from datetime import UTC, datetime
from typing import Any

from aiokafka import ConsumerRecord

from schemas.messages.catalogue import TOPIC_OF_EVENT
from schemas.messages.reading import TIME_FIELDS, Reading
from services.ingest.validate import Arrival, Taken, Validator, validate
from tests.topology.domain.life import BOOK
from topology.agents.dead_letters import Refusal
from topology.agents.decode import EventDecoder
from topology.domain.history.event import Event
from topology.domain.history.instant import from_datetime

RECEIVED = datetime(2026, 11, 29, 9, tzinfo=UTC)
NOW = from_datetime(RECEIVED)
DECODER = EventDecoder(BOOK.exchange)
VALIDATOR = Validator(TOPIC_OF_EVENT, DECODER, 1 << 20, may_unsuppress=True)
ARRIVAL = Arrival(RECEIVED, lambda: "new")


def record(value: bytes) -> ConsumerRecord[bytes, bytes]:
    """A record that came when the request did."""
    return ConsumerRecord("t", 0, 0, NOW // 1000, 1, None, value, None, -1, len(value), ())


def over_kafka(message: Any) -> tuple[Event[Any] | Refusal, tuple[str, ...]]:
    """What the worker makes of a message, and the fields that it ignores."""
    value = message if isinstance(message, bytes) else json.dumps(message).encode()
    readings: list[Reading] = []
    event = DECODER.decode(record(value), NOW, readings.append)
    return event, tuple(path for each in readings for path in each.ignored)


def over_http(message: Any) -> tuple[Event[Any] | Refusal, tuple[str, ...]]:
    """What the worker makes of what the API writes, and which fields the answer calls ignored."""
    value = message if isinstance(message, bytes) else json.dumps(message).encode()
    verdict = validate(value, None, ARRIVAL, VALIDATOR)
    if not isinstance(verdict, Taken):
        return Refusal(getattr(verdict, "reason", None), getattr(verdict, "detail", "")), ()  # type: ignore[arg-type]
    event, later = over_kafka(verdict.value)
    assert later == (), "what the API writes is in the contract's form"
    assert isinstance(event, Event)
    assert event.profile.encode() == verdict.key
    return event, verdict.ignored


def outcome(found: Event[Any] | Refusal) -> Any:
    """What came of a message: why it was refused, or all of the event that decides."""
    if isinstance(found, Refusal):
        return found.reason
    return (found.profile, found.at, found.name, found.channel, deciding(found))


DECIDING = (
    *("order_id", "total", "currency", "rating", "trigger_id", "network", "sentiment"),
    *("survey", "score", "purpose"),
)


def deciding(event: Event) -> dict[str, Any]:
    """The properties that decide. The ticket id does in a resolution alone."""
    names = (*DECIDING, "ticket_id") if event.name == "Complaint Resolved" else DECIDING
    found = {name: getattr(event.properties, name, None) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def both(message: Any) -> tuple[Event[Any] | Refusal, tuple[str, ...]]:
    """The outcome of a message: the same over HTTP and from Kafka.

    The worker does not read times that change nothing, so it does not count them.
    """
    kafka, http = over_kafka(message), over_http(message)
    assert outcome(kafka[0]) == outcome(http[0])
    assert set(kafka[1]) <= set(http[1]) <= {*kafka[1], *TIME_FIELDS}
    return http


def taken(message: Any) -> Event[Any]:
    """The event of a message that the API and the worker take."""
    event, _ = both(message)
    assert isinstance(event, Event), event
    return event


def refused(message: Any) -> Refusal:
    """Why the API and the worker refuse a message."""
    found, _ = both(message)
    assert isinstance(found, Refusal), found
    return found


def order(**more: Any) -> dict[str, Any]:
    """An order of 10 euros on 20 November; a field that is `...` is left out."""
    properties = {"order_id": "o", "total": 10, "currency": "EUR"} | more.pop("properties", {})
    message = {
        "type": "track",
        "event": "Order Completed",
        "messageId": "m",
        "userId": "c-1",
        "timestamp": "2026-11-20T09:00:00Z",
        "properties": {name: each for name, each in properties.items() if each is not ...},
    }
    return {name: each for name, each in (message | more).items() if each is not ...}
