"""A worker on the machine's clock, to which a history arrives in batches."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from schemas import topics
from schemas.messages.record_headers import QUIET_HEADER
from schemas.policy import load_default_policy
from tests.topology.agents.records import record
from tests.topology.domain.messages import Json, day
from topology.agents.join_records import ReviewHeld, encode_join
from topology.agents.journey import Journey
from topology.batching.handler import BatchTime, Changes, Output
from topology.domain.history.instant import Instant, from_datetime, span
from topology.domain.history.state import State
from topology.domain.policy.compile import compile_policy
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rows.row import read_entry
from topology.domain.steps.settling import as_paused

POLICY: Final = compile_policy(load_default_policy())
"""The default policy as it is: nothing is sent that is older than a week."""

SETTLING: Final = load_default_policy().history_settles_after
TODAY: Final = day(1000)
"""The machine's time when the history begins to come in."""
A_SECOND: Final = timedelta(seconds=1)
NOW: Final = from_datetime(TODAY)


def ago(days: float) -> datetime:
    """So many days before today."""
    return TODAY - timedelta(days=days)


def at_of(message: Json) -> datetime:
    """When it happened."""
    return datetime.fromisoformat(message["timestamp"])


@dataclass
class Arriving:
    """One worker with one partition. `now` is the machine's time, and the clock follows it."""

    book: Rulebook = POLICY
    now: Instant = NOW
    clock: Instant = 0
    began: Instant | None = None
    rows: dict[bytes, bytes] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    offset: int = 0
    wakes: dict[bytes, Instant | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.journey = Journey(self.book, 1, lambda: self.now, app_id="test")

    def take(self, messages: Iterable[Json], *, quiet: bool = False) -> None:
        """Let a batch come now."""
        headers = (QUIET_HEADER,) if quiet else ()
        batch = []
        for message in messages:
            key = str(message["userId"] if "userId" in message else message["anonymousId"])
            batch.append(record(message, key=key.encode(), offset=self.offset, headers=headers))
            self.offset += 1
        self._keep(self.journey.on_records(0, self.rows, batch, self._batch_time()))
        self._hand_over_names()

    def _hand_over_names(self) -> None:
        """Take what rows of one person tell each other, until there is nothing left."""
        handed_on, self.outputs = _split(self.outputs)
        while handed_on:
            batch = [
                record(each.value, key=each.key, offset=n, topic=topics.JOINS)
                for n, each in enumerate(handed_on, start=self.offset)
            ]
            self.offset += len(batch)
            self._keep(self.journey.on_records(0, self.rows, batch, self._batch_time()))
            handed_on, self.outputs = _split(self.outputs)

    def review(
        self, held: Json, *, dismisses: bool = False, not_before: Instant = 0, by: str = "ann"
    ) -> None:
        """Let somebody's decision on a held trigger come now."""
        content = ReviewHeld("test", json.dumps(held).encode(), by, dismisses, not_before)
        key, value = held["customer_id"].encode(), encode_join(content)
        batch = [record(value, key=key, offset=self.offset, topic=topics.JOINS)]
        self.offset += 1
        self._keep(self.journey.on_records(0, self.rows, batch, self._batch_time()))
        self._hand_over_names()

    def wait(self, duration: timedelta) -> None:
        """Let time pass, and the instant at its end take effect."""
        self.now += span(duration)
        self.clock = self.now
        due = [key for key, wake in self.wakes.items() if wake is not None and wake <= self.now]
        self._keep(self.journey.on_due(self.rows, due, self.now, self._batch_time()))

    def settle(self) -> None:
        """Wait until everything that has come in is decided."""
        self.wait(SETTLING)

    def restart(self, book: Rulebook) -> None:
        """Go on with another policy."""
        self.book, self.began = book, self.clock
        self.journey = Journey(book, 1, lambda: self.now, app_id="test")
        self.wakes = {key: self.journey.wake_at(key, row) for key, row in self.rows.items()}

    def _batch_time(self) -> BatchTime:
        return BatchTime(self.clock, self.now, self.began)

    def _keep(self, changes: Changes) -> None:
        for key, row in changes.rows.items():
            assert row.value is not None
            self.rows[key], self.wakes[key] = row.value, row.wake_at
            assert self.journey.wake_at(key, row.value) == row.wake_at
        self.outputs += changes.outputs

    def row(self, key: bytes = b"c") -> State:
        """A row as its bytes say it."""
        entry = read_entry(self.rows[key])
        assert isinstance(entry, State)
        return entry

    def paused(self, key: bytes = b"c") -> State:
        """A row as it goes on."""
        return as_paused(self.row(key))

    def triggers(self) -> list[dict[str, Any]]:
        """What was sent."""
        return _values(self.outputs, topics.TRIGGERS)

    def held(self) -> list[dict[str, Any]]:
        """What was held for review, and the decisions on that."""
        return _values(self.outputs, topics.HELD)

    def transitions(self) -> list[dict[str, Any]]:
        """Who went where."""
        return _values(self.outputs, topics.TRANSITIONS)


def _split(outputs: Sequence[Output]) -> tuple[list[Output], list[Output]]:
    names = [each for each in outputs if each.topic == topics.JOINS]
    return names, [each for each in outputs if each.topic != topics.JOINS]


def _values(outputs: Iterable[Output], topic: str) -> list[dict[str, Any]]:
    return [json.loads(each.value or b"") for each in outputs if each.topic == topic]
