"""Messages as records that arrive one after another, without any Kafka."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from schemas import topics
from tests.topology.domain.messages import DAY_0, Json
from topology.batching.record import Record
from topology.domain.history.instant import from_datetime

MILLISECOND = timedelta(milliseconds=1)


def arrival_of(message: Json, delay: timedelta = timedelta(0)) -> datetime:
    """When a message arrives: the millisecond after it happened, or later."""
    at = datetime.fromisoformat(message["timestamp"]) + delay
    return at - timedelta(microseconds=at.microsecond % 1000) + 2 * MILLISECOND


def arriving(
    messages: Iterable[Json], delays: Sequence[timedelta] = (), topic: str = topics.SHOP_EVENTS
) -> list[Record]:
    """A record of each message. Those without a delay arrive at once."""
    return [
        record_at(
            message,
            arrival_of(message, delays[number] if number < len(delays) else timedelta(0)),
            number,
            topic,
        )
        for number, message in enumerate(messages)
    ]


def record_at(
    message: Json, at: datetime = DAY_0, offset: int = 0, topic: str = topics.SHOP_EVENTS
) -> Record:
    """The record of a message that arrives at an instant."""
    key, value = message.get("userId", "").encode(), json.dumps(message).encode()
    return Record(topic, 0, offset, from_datetime(at) // 1000, 1, key, value)
