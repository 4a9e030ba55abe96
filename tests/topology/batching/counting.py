"""A tiny application that counts events per key, and a direct count of the expected result."""

import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from topology.batching.handler import BatchTime, Changes, Output, Row
from topology.batching.hops import Hops
from topology.batching.record import Record

STEPS = frozenset({2, 5, 10})
POISON = b"poison"
REMOVE = b"remove"
_ROW = struct.Struct(">QQqq")


class Event(NamedTuple):
    """A record of a source: `n` is unique in its test, `at` in microseconds since 1970.

    The test sends it to the first partition of `route`; workers hand it on to the others in order.
    """

    key: bytes
    n: int
    at: int = 0
    route: tuple[int, ...] = ()

    @property
    def value(self) -> bytes:
        return b" ".join(b"%d" % number for number in (self.n, self.at, *self.route))


@dataclass(frozen=True)
class Tally:
    """A row: the number of events, the sum of their `n`, the last one's time, and the due instant.

    `due` 0: never.
    """

    count: int = 0
    total: int = 0
    last: int = 0
    due: int = 0

    @classmethod
    def decode(cls, value: bytes | None) -> Self:
        return cls() if value is None else cls(*_ROW.unpack(value))

    def encode(self) -> bytes:
        return _ROW.pack(self.count, self.total, self.last, self.due)

    @property
    def row(self) -> Row:
        return Row(self.encode(), self.due or None)


@dataclass(frozen=True)
class Counting:
    """Counts per key. It writes an output at the 2nd, 5th and 10th event, and when a key is due.

    A key is due `due_after` microseconds after its last event (0: never): by the clock, or at its
    next event. With `echo`, each event has an output with the partition's clock at that time.
    """

    out: str
    due_after: int = 0
    echo: bool = False

    def on_records(
        self,
        partition: int,
        rows: Mapping[bytes, bytes],
        records: Sequence[Record],
        batch_time: BatchTime,
    ) -> Changes:
        changes = Changes()
        hops = Hops({record.topic for record in records})
        for record in hops.follow(records, changes.outputs):
            assert record.key is not None
            assert record.value is not None
            if record.value == POISON:
                raise ValueError("a poisoned record")
            if record.value == REMOVE:
                changes.rows[record.key] = Row(None, None)
                continue
            changed = changes.rows.get(record.key)
            before = Tally.decode(rows.get(record.key) if changed is None else changed.value)
            n, at, *route = map(int, record.value.split())
            if route:
                further = Event(record.key, n, at, tuple(route[1:])).value
                changes.outputs.append(Output(record.topic, record.key, further, (), route[0]))
                continue
            after, values = count(before, n, at, self.due_after)
            changes.rows[record.key] = after.row
            if self.echo:
                values.append(b"saw %d at %d" % (n, batch_time.clock))
            changes.outputs.extend(Output(self.out, record.key, text) for text in values)
        changes.handed_on = hops.handed_on
        return changes

    def on_due(
        self, rows: Mapping[bytes, bytes], keys: Sequence[bytes], until: int, batch_time: BatchTime
    ) -> Changes:
        changes = Changes()
        for key in keys:
            tally = Tally.decode(rows[key])
            assert 0 < tally.due <= until, f"{key!r} is due at {tally.due}, not by {until}"
            changes.outputs.append(Output(self.out, key, b"due %d" % tally.due))
            changes.rows[key] = replace(tally, due=0).row
        return changes

    def read_tick(self, record: Record) -> int | Output:
        try:
            return int(record.value or b"")
        except (TypeError, ValueError):
            return Output(self.out, b"refused", b"%d" % record.offset)

    def wake_at(self, key: bytes, value: bytes) -> int | None:
        return Tally.decode(value).due or None


def count(before: Tally, n: int, at: int, due_after: int) -> tuple[Tally, list[bytes]]:
    """Count one event. Return the new row, and the values of its outputs."""
    values = []
    if before.due and before.due <= at:
        values.append(b"due %d" % before.due)
    after = Tally(before.count + 1, before.total + n, at, at + due_after if due_after else 0)
    if after.count in STEPS:
        values.append(b"step %d" % after.count)
    return after, values


class Verdict(NamedTuple):
    """Rows, and outputs with their numbers."""

    rows: dict[bytes, Tally]
    outputs: Counter[tuple[bytes, bytes]]


def expected_verdict(events: Iterable[Event], *, due_after: int = 0, clock: int = 0) -> Verdict:
    """Count directly. The clock is at `clock` in the end."""
    rows: dict[bytes, Tally] = defaultdict(Tally)
    outputs: Counter[tuple[bytes, bytes]] = Counter()
    for event in events:
        rows[event.key], values = count(rows[event.key], event.n, event.at, due_after)
        outputs.update((event.key, text) for text in values)
    for key, tally in rows.items():
        if tally.due and tally.due <= clock:
            outputs[key, b"due %d" % tally.due] += 1
            rows[key] = replace(tally, due=0)
    return Verdict(dict(rows), outputs)


def assert_same(seen: Verdict, wanted: Verdict) -> None:
    """Assert that nothing is lost, doubled or wrong. A failure shows the first few of each kind."""
    wrong = {
        key: (seen.rows.get(key), wanted.rows.get(key))
        for key in seen.rows.keys() | wanted.rows.keys()
        if seen.rows.get(key) != wanted.rows.get(key)
    }
    lost = wanted.outputs - seen.outputs
    more = seen.outputs - wanted.outputs
    values = [
        f"{len(wrong)} rows differ (seen, wanted): {list(wrong.items())[:5]}",
        f"{lost.total()} outputs are lost: {sorted(lost)[:5]}",
        f"{more.total()} outputs are too many: {sorted(more)[:5]}",
    ]
    assert [len(wrong), len(lost), len(more)] == [0, 0, 0], "\n".join(values)
