"""Records as a consumer gives them, and what the journey makes of them, without any Kafka."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiokafka import ConsumerRecord

from schemas import topics
from tests.topology.domain.life import BOOK
from tests.topology.domain.messages import Json, day
from topology.agents.journey import Journey
from topology.batching.handler import BatchTime, Changes, Output
from topology.domain.history.instant import Instant, from_datetime
from topology.domain.history.state import State
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rows.row import decode_row

NOW = from_datetime(day(10_000))
"""The machine's time."""

BROKER_TIME = day(10_000)


def record(
    value: Json | bytes | None,
    *,
    key: bytes | None = b"c",
    offset: int = 7,
    partition: int = 0,
    topic: str = topics.SHOP_EVENTS,
    headers: Iterable[tuple[str, bytes | None]] = (),
    stamp: int = int(BROKER_TIME.timestamp() * 1000),
) -> ConsumerRecord[bytes, bytes]:
    """A record with a message, or with these bytes."""
    data = json.dumps(value).encode() if isinstance(value, dict) else value
    size = -1 if data is None else len(data)
    return ConsumerRecord(
        topic, partition, offset, stamp, 1, key, data, None, 1, size, tuple(headers)
    )


def records(messages: Sequence[Json | bytes]) -> list[ConsumerRecord[bytes, bytes]]:
    """One record after another."""
    return [record(message, offset=offset) for offset, message in enumerate(messages)]


def headers_of(output: Output) -> dict[str, bytes]:
    """The headers of an output of ours: each has a value."""
    found = {name: value for name, value in output.headers if value is not None}
    assert len(found) == len(output.headers)
    return found


def batch_time(clock: datetime | None = None) -> BatchTime:
    """The time of a batch: the partition's clock and the worker's are the same."""
    instant = 0 if clock is None else from_datetime(clock)
    return BatchTime(instant, instant or None)


@dataclass
class Shelf:
    """The rows of one partition, in a plain dictionary, and all that came out."""

    partitions: int = 1
    number: int = 0
    now: Instant = NOW
    book: Rulebook = BOOK
    rows: dict[bytes, bytes] = field(default_factory=dict)
    wakes: dict[bytes, Instant | None] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journey = Journey(self.book, self.partitions, lambda: self.now)

    def take(
        self, batch: Sequence[ConsumerRecord[bytes, bytes]], clock: datetime | None = None
    ) -> Changes:
        """Process a batch."""
        return self.keep(self.journey.on_records(self.number, self.rows, batch, batch_time(clock)))

    def tick(self, until: datetime, before: datetime | None = None) -> Changes:
        """Let an instant take effect on all rows that are due, as timers do."""
        end = from_datetime(until)
        return self.keep(self.journey.on_due(self.rows, self.due(until), end, batch_time(before)))

    def due(self, until: datetime) -> list[bytes]:
        """The rows that are due by then."""
        end = from_datetime(until)
        return [key for key, wake in self.wakes.items() if wake is not None and wake <= end]

    def keep(self, changes: Changes) -> Changes:
        """Take in what came of a batch."""
        for key, row in changes.rows.items():
            assert row.value is not None
            self.rows[key], self.wakes[key] = row.value, row.wake_at
        self.outputs += changes.outputs
        return changes

    def row(self, key: bytes = b"c") -> State:
        """A row, decoded."""
        return decode_row(self.rows[key])

    def sent(self, topic: str) -> list[dict[str, Any]]:
        """The values of all outputs to a topic."""
        return [json.loads(each.value or b"") for each in self.outputs if each.topic == topic]
