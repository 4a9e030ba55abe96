"""A batch stops at its deadline: the rest comes next, and all positions stay exact."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from aiokafka import ConsumerRecord
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from tests.topology.batching.counting import Counting, Event, Tally
from tests.topology.batching.idle import Consumer
from topology.batching.batches import Batches
from topology.batching.config import BatchConfig
from topology.batching.dependencies import Dependencies
from topology.batching.fetch import Fetch
from topology.batching.handler import BatchTime, Changes
from topology.batching.handlers import OneHandler

SHOP, SOCIAL, CLOCK = TP("shop", 0), TP("social", 0), TP("clock", 0)
SOURCES = (SHOP, SOCIAL)
CONFIG = BatchConfig(
    "app", "nowhere:9", ("shop", "social"), "changelog", 1, "clock", max_batch=12, max_due=4
)

Record: TypeAlias = ConsumerRecord[bytes, bytes]


@dataclass(frozen=True)
class Cutting(Counting):
    """Stops each batch after the next number of `cuts`; then it processes whole batches."""

    cuts: Iterator[int] = field(default_factory=lambda: iter(()))
    seen: list[Record] = field(default_factory=list)
    due: list[bytes] = field(default_factory=list)
    ticks: list[int] = field(default_factory=list)

    def on_records(
        self,
        partition: int,
        rows: Mapping[bytes, bytes],
        records: Sequence[Record],
        batch_time: BatchTime,
    ) -> Changes:
        taken = next(self.cuts, len(records))
        self.seen.extend(records[:taken])
        changes = super().on_records(partition, rows, records[:taken], batch_time)
        changes.processed = taken if taken < len(records) else None
        return changes

    def on_due(
        self, rows: Mapping[bytes, bytes], keys: Sequence[bytes], until: int, batch_time: BatchTime
    ) -> Changes:
        taken = next(self.cuts, len(keys))
        self.due.extend(keys[:taken])
        changes = super().on_due(rows, keys[:taken], until, batch_time)
        changes.processed = taken
        return changes

    def read_tick(self, record: Record) -> int:
        self.ticks.append(record.offset)
        return 1_000 + int(record.offset)


def record(tp: TP, offset: int) -> Record:
    event = Event(b"%s-%d" % (tp.topic.encode(), offset % 3), offset, at=2_000)
    return ConsumerRecord(
        tp.topic, tp.partition, offset, 0, 0, event.key, event.value, None, 0, 0, ()
    )


def batches_of(handler: Cutting) -> Batches:
    consumer = Consumer()
    dependencies = Dependencies(consumer, consumer, lambda: 1_000.0, lambda: None)
    batches = Batches(0, CONFIG, OneHandler(handler), dependencies)
    batches.restart(dict.fromkeys((*SOURCES, CLOCK), 0), dict.fromkeys((*SOURCES, CLOCK), 1))
    return batches


fetches = st.lists(
    st.tuples(st.sampled_from((*SOURCES, CLOCK)), st.lists(st.booleans(), max_size=8)), max_size=12
)
"""The topic of each fetch, and whether each of its offsets has a record."""


@given(fetches, st.lists(st.integers(1, 6), max_size=30))
def test_wherever_a_batch_is_cut_every_record_is_processed_once_and_its_place_is_exact(
    fetched: list[tuple[TP, list[bool]]], cuts: list[int]
) -> None:
    """Offsets, positions and counts match the processed records, and each tick comes once."""
    handler, whole = Cutting("out", cuts=iter(cuts)), Cutting("out")
    batches = batches_of(handler)
    log: dict[TP, list[int]] = {tp: [] for tp in (*SOURCES, CLOCK)}
    ends = dict.fromkeys(log, 0)
    for tp, there in fetched:
        start, end = ends[tp], ends[tp] + len(there)
        offsets = [start + place for place, is_there in enumerate(there) if is_there]
        assert batches.intake.offer(
            Fetch(tp, 1, start, end, [record(tp, offset) for offset in offsets])
        )
        log[tp] += offsets
        ends[tp] = end
    committed, records = dict.fromkeys(ends, 0), 0
    while (work := batches.next()) is not None:
        committed.update(work.offsets)
        records += work.records
        assert records == len(handler.seen)
        for tp in SOURCES:
            done = [one.offset for one in handler.seen if one.topic == tp.topic]
            assert done == [offset for offset in log[tp] if offset < committed[tp]]
            assert batches.positions[tp] == committed[tp]

    assert handler.ticks == log[CLOCK]
    assert batches.positions[CLOCK] == 0, "no tick has taken effect"
    assert {tp: batches.intake.positions[tp] for tp in ends} == ends
    every = [record(tp, offset) for tp in SOURCES for offset in log[tp]]
    assert batches.rows == {
        key: row.value for key, row in whole.on_records(0, {}, every, BatchTime(0, 0)).rows.items()
    }


@given(st.integers(0, 20), st.lists(st.integers(1, 4), max_size=20))
def test_due_rows_after_the_deadline_stay_due(rows: int, cuts: list[int]) -> None:
    """Each comes once, in order. The instant has taken effect only after the last one."""
    handler = Cutting("out", 50, cuts=iter(cuts))
    batches = batches_of(handler)
    keys = [b"due-%02d" % n for n in range(rows)]
    batches.rows = {key: Tally(1, n, n, 50 + n).encode() for n, key in enumerate(keys)}
    batches.timers.load((50 + n, key) for n, key in enumerate(keys))
    assert batches.intake.offer(Fetch(CLOCK, 1, 0, 1, [record(CLOCK, 0)]))
    assert batches.next() is None
    batches.schedule_instant(1_000, {}, batches.tick)
    while (work := batches.next()) is not None:
        has_taken_effect = batches.positions[CLOCK] == 1
        assert has_taken_effect is (CLOCK in work.offsets)
        assert len(handler.due) == rows or not has_taken_effect

    assert handler.due == keys
    assert batches.positions[CLOCK] == 1
    assert batches.clock == 1_000


def test_postponed_rows_are_checked_in_parts() -> None:
    """The event loop runs in between, however many there are."""
    batches = batches_of(Cutting("out", 50))
    keys = [b"row-%04d" % n for n in range(1_000)]
    batches.rows = {key: Tally(1, 1, 1, 9_000).encode() for key in keys}
    batches.timers.load((50, key) for key in keys)

    turns = 0
    while batches.timers.has_due(1_000):
        assert batches.timers.pop_due(1_000, CONFIG.max_due) == []
        turns += 1
    assert turns == 8
    assert batches.timers.first == 9_000
