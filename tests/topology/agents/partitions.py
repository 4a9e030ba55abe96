"""Several partitions in memory: real journeys, and queues that are read in any order."""

import json
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiokafka import ConsumerRecord

from schemas import topics
from tests.topology.agents.records import NOW, headers_of, record
from tests.topology.domain.life import BOOK
from tests.topology.domain.messages import Json
from topology.agents.join_records import Erase, JoinRecord, decode_join, encode_join
from topology.agents.journey import CONSUMED, Journey
from topology.agents.record_router import RecordRouter
from topology.agents.sizes import DEFAULTS
from topology.batching.handler import BatchTime, Changes, Output
from topology.batching.hops import HOPS, hops_of
from topology.batching.record import Headers
from topology.domain.history.instant import Instant, to_datetime
from topology.domain.history.state import State
from topology.domain.rows.erased import decode_erased, fingerprint_of, is_tombstone
from topology.domain.rows.forward import Forward
from topology.domain.rows.row import read_entry

SALT = b"a salt that nobody guesses"


@dataclass
class Partitions:
    """Partitions with their rows, and a queue for each partition of each topic."""

    count: int = 3
    app_id: str = ""
    salt: bytes | None = SALT
    rows: list[dict[bytes, bytes]] = field(default_factory=list)
    queues: dict[tuple[str, int], deque[ConsumerRecord[bytes, bytes]]] = field(default_factory=dict)
    ends: dict[tuple[str, int], int] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    clocks: list[Instant] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = [{} for _ in range(self.count)]
        self.clocks = [0] * self.count
        self.router = RecordRouter(self.count, DEFAULTS)
        self.restart()

    def restart(self) -> None:
        """Give each partition to a new worker, which sees all of its rows when it restores them."""
        self.journeys = [
            Journey(BOOK, self.count, lambda: NOW, app_id=self.app_id, salt=self.salt)
            for _ in range(self.count)
        ]
        for journey, rows in zip(self.journeys, self.rows, strict=True):
            for key, value in rows.items():
                journey.wake_at(key, value)

    def produce(self, *messages: Json | bytes, at: int | None = None, topic: str = "") -> None:
        """Append messages to their profile's partition of the shop's topic, or to another one."""
        for message in messages:
            profile = at is None and profile_of(message)
            partition = self.router.home(str(profile).encode()) if at is None else at
            self._append(topic or topics.SHOP_EVENTS, partition, b"k", message)

    def erase(self, name: str, salt: bytes = SALT) -> None:
        """Ask for the erasure of whoever has this name."""
        key = name.encode()
        erase = encode_join(Erase(self.app_id, f"era-{name}", 0, fingerprint_of(salt)))
        self._append(topics.JOINS, self.router.home(key), key, erase)

    def erasures(self) -> list[dict[str, Any]]:
        """The answers to those who asked for an erasure."""
        answers = self.sent(topics.ERASURES)
        return [each for each in answers if each["erasure_id"].startswith("era-")]

    def tombstones_in_answers(self) -> dict[bytes, datetime]:
        """Up to when each tombstone reaches by the answers alone, which is what webhooks read."""
        until: dict[bytes, datetime] = {}
        for each in self.sent(topics.ERASURES):
            at = datetime.fromisoformat(each["erased_at"])
            for tombstone in map(bytes.fromhex, each["marks"]):
                until[tombstone] = max(at, until.get(tombstone, at))
        return until

    def tombstones(self) -> dict[bytes, datetime]:
        """Up to when each name was erased, by the rows."""
        return {
            key: to_datetime(decode_erased(value).as_of)
            for rows in self.rows
            for key, value in rows.items()
            if is_tombstone(key)
        }

    def _append(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: Json | bytes | None,
        headers: Headers = (),
    ) -> None:
        place = topic, partition
        offset = self.ends[place] = self.ends.get(place, -1) + 1
        made = record(
            value, key=key, offset=offset, partition=partition, topic=topic, headers=list(headers)
        )
        self.queues.setdefault(place, deque()).append(made)

    @property
    def unread(self) -> list[tuple[str, int]]:
        """The queues in which something waits."""
        return sorted(place for place, queue in self.queues.items() if queue)

    def read(self, place: tuple[str, int], number: int = 1) -> Changes:
        """Process the next records of one queue, as one batch."""
        queue = self.queues[place]
        taken = [queue.popleft() for _ in range(min(number, len(queue)))]
        partition = place[1]
        clock = self.clocks[partition]
        changes = self.journeys[partition].on_records(
            partition, self.rows[partition], taken, BatchTime(clock, clock or None)
        )
        assert_hops(taken, changes)
        return self._keep(partition, changes)

    def drain(self, choose: Callable[[list[tuple[str, int]]], int] | None = None) -> None:
        """Process all that waits, one record at a time: of the queues `choose` says which."""
        steps = 0
        while unread := self.unread:
            self.read(unread[choose(unread) if choose else 0])
            steps += 1
            assert steps < 20_000, "records go round in circles"

    def tick(self, partition: int, until: Instant) -> None:
        """Let an instant take effect on one partition."""
        if until <= self.clocks[partition]:
            return
        self.clocks[partition] = until
        journey, rows = self.journeys[partition], self.rows[partition]
        due = [
            key
            for key, value in rows.items()
            if (wake := journey.wake_at(key, value)) is not None and wake <= until
        ]
        self._keep(partition, journey.on_due(rows, due, until, BatchTime(until, until)))

    def _keep(self, partition: int, changes: Changes) -> Changes:
        for key, row in changes.rows.items():
            if row.value is None:
                self.rows[partition].pop(key, None)
                continue
            assert is_tombstone(key) or self.router.home(key) == partition
            self.rows[partition][key] = row.value
        for output in changes.outputs:
            home = partition if output.partition is None else output.partition
            self.outputs.append(replace_partition(output, home))
            if output.topic in CONSUMED:
                self._append(output.topic, home, output.key, output.value, output.headers)
        return changes

    def entry(self, name: str) -> State | Forward | None:
        """What the table has under a name."""
        value = self.rows[self.router.home(name.encode())].get(name.encode())
        return None if value is None else read_entry(value)

    def person(self, name: str) -> tuple[str, State]:
        """The key and the row of a person, by any name."""
        seen = set()
        while isinstance(entry := self.entry(name), Forward):
            assert name not in seen, "a circle"
            seen.add(name)
            name = entry.to
        assert entry is not None, name
        return name, entry

    def people(self) -> list[State]:
        """All rows that are no forwarding entries."""
        entries = (
            read_entry(value)
            for rows in self.rows
            for key, value in rows.items()
            if not is_tombstone(key)
        )
        return [entry for entry in entries if isinstance(entry, State)]

    def sent(self, topic: str) -> list[dict[str, Any]]:
        """The values of all outputs to a topic, JSON."""
        return [json.loads(each.value or b"") for each in self.outputs if each.topic == topic]

    def letters(self) -> list[tuple[str, str]]:
        """The reason and the detail of each dead letter."""
        return [
            (headers["reason"], headers["detail"])
            for each in self.outputs
            if each.topic == topics.DEAD_LETTERS
            for headers in [{name: value.decode() for name, value in headers_of(each).items()}]
        ]

    def joins(self) -> list[JoinRecord]:
        """The records that rows have sent each other."""
        found = [decode_join(each.value) for each in self.outputs if each.topic == topics.JOINS]
        return [each for each in found if not isinstance(each, tuple)]


def assert_hops(taken: Sequence[ConsumerRecord[bytes, bytes]], changes: Changes) -> None:
    """Assert that all that is handed on is counted, by one hop more than what it came of."""
    came = {hops_of(each) for each in taken}
    hops = [int(headers_of(each)[HOPS]) for each in changes.outputs if each.topic in CONSUMED]
    assert {each - 1 for each in hops} <= came
    assert changes.handed_on == Counter(hops)


def replace_partition(output: Output, partition: int) -> Output:
    """The output, with its partition written out."""
    return Output(output.topic, output.key, output.value, output.headers, partition)


def profile_of(message: Json | bytes) -> str:
    """The profile of a message."""
    parsed = message if isinstance(message, dict) else json.loads(message)
    properties = parsed.get("properties", {})
    handle = f"{properties.get('network')}:{properties.get('handle')}"
    return parsed.get("userId") or parsed.get("anonymousId") or handle
