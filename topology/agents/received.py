"""When the message of a record came to the first door."""

from datetime import datetime
from typing import Any

from aiokafka import ConsumerRecord

from schemas.messages.received import received_in
from topology.domain.facts.instant import Instant, from_datetime


def first_received(record: "ConsumerRecord[Any, Any]") -> datetime | None:
    """What the record's header says of it, if it has one."""
    return received_in(record.headers) if record.headers else None


def received_at(record: "ConsumerRecord[Any, Any]") -> Instant:
    """By the record's header, else the broker's time."""
    first = first_received(record)
    return record.timestamp * 1000 if first is None else from_datetime(first)
