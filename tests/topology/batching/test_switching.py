"""A partition changes its handler exactly at the instant from which another one is in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from faust.types import TP

from tests.topology.batching.counting import Counting, Tally
from tests.topology.batching.idle import Consumer
from topology.batching.batch import Batch
from topology.batching.batches import Batches
from topology.batching.clock import CLOCK_KEY, decode_clock
from topology.batching.config import BatchConfig
from topology.batching.dependencies import Dependencies
from topology.batching.errors import BatchingError
from topology.batching.handler import BatchTime, Changes
from topology.batching.handlers import HandlerInForce

CONFIG = BatchConfig("app", "nowhere:9", ("shop",), "changelog", 1, "clock", max_due=2)
SHOP, CLOCK = TP("shop", 0), TP("clock", 0)


@dataclass(frozen=True)
class Noting(Counting):
    """Notes what is due, under its own name."""

    name: str = ""
    due: list[tuple[str, list[bytes], int, int | None]] = field(default_factory=list)
    refuses: bool = False

    def on_due(
        self, rows: Mapping[bytes, bytes], keys: Sequence[bytes], until: int, batch_time: BatchTime
    ) -> Changes:
        self.due.append((self.name, sorted(keys), until, batch_time.clock_at_begin))
        return super().on_due(rows, keys, until, batch_time)

    def wake_at(self, key: bytes, value: bytes) -> int | None:
        if self.refuses:
            raise BatchingError("it can't continue the rows")
        return super().wake_at(key, value)


class Planned:
    """Handlers by the instants from which they are in force."""

    def __init__(self, *plan: tuple[int, Noting]) -> None:
        self.plan = sorted(plan, key=lambda each: each[0])
        self.rejected: list[str] = []

    decided_in, position = None, 0

    def at(self, clock: int) -> HandlerInForce:
        since, handler = [each for each in self.plan if each[0] <= clock][-1]
        return HandlerInForce(handler, handler.name, since)

    def next_change(self, clock: int) -> int | None:
        return min((since for since, _ in self.plan if since > clock), default=None)

    def reject(self, rejected: HandlerInForce, error: BatchingError) -> bool:
        self.rejected.append(rejected.version)
        self.plan = [each for each in self.plan if each[1] is not rejected.handler]
        return bool(self.plan)


def rows_due(**instants: int) -> dict[bytes, bytes]:
    """A row that is due at each instant, under this key."""
    return {key.encode(): Tally(1, 1, 0, due).encode() for key, due in instants.items()}


async def open_batches(handlers: Planned, rows: dict[bytes, bytes], clock: int) -> Batches:
    """The batches of a partition that was restored."""
    consumer = Consumer()
    batches = Batches(
        0, CONFIG, handlers, Dependencies(consumer, consumer, lambda: 0.0, lambda: None)
    )
    batches.load(rows, clock)
    await batches.load_timers()
    batches.restart({SHOP: 0, CLOCK: 0}, {SHOP: 1, CLOCK: 1})
    return batches


async def process(batches: Batches) -> list[Batch]:
    """As a partition does it: it switches between two batches."""
    found: list[Batch] = []
    while True:
        if batches.is_handler_replaced:
            await batches.switch()
        batch = batches.next()
        if batch is None:
            return found
        found.append(batch)


def clocks_of(found: list[Batch]) -> list[int]:
    """The clocks that are written, in order."""
    rows = [each.changes.rows.get(CLOCK_KEY) for each in found]
    return [decode_clock(row.value) for row in rows if row is not None and row.value is not None]


async def test_the_clock_stops_at_the_instant_of_another_handler() -> None:
    """What is due up to then is the old one's; the clock is written; the rest is the new one's."""
    due: list[tuple[str, list[bytes], int, int | None]] = []
    old, new = Noting("out", name="old", due=due), Noting("out", name="new", due=due)
    batches = await open_batches(
        Planned((0, old), (50, new)), rows_due(a=40, b=45, c=50, d=51, e=90), clock=30
    )
    batches.schedule_instant(100, {}, None)
    found = await process(batches)
    assert due == [
        ("old", [b"a", b"b"], 50, 30),
        ("old", [b"c"], 50, 30),
        ("new", [b"d", b"e"], 100, 50),
    ]
    assert clocks_of(found) == [50]
    assert batches.clock == 100


async def test_whoever_restores_the_rows_after_any_batch_goes_on_alike() -> None:
    """A kill after each of the batches: the rest is decided by the same handlers, from there."""
    rows = rows_due(a=40, b=45, c=50, d=51, e=90, f=91, g=92)
    lived: list[tuple[str, list[bytes], int, int | None]] = []
    old, new = Noting("out", name="old", due=lived), Noting("out", name="new", due=lived)
    handlers = Planned((0, old), (50, new))
    batches = await open_batches(handlers, dict(rows), clock=30)
    batches.schedule_instant(100, {}, None)
    number = len(await process(batches))
    straight = sorted((key, name) for name, keys, *_ in lived for key in keys)
    for killed_after in range(number):
        lived.clear()
        stored, clock = dict(rows), 30
        batches = await open_batches(handlers, dict(stored), clock)
        batches.schedule_instant(100, {}, None)
        for _ in range(killed_after):
            if batches.is_handler_replaced:
                await batches.switch()
            batch = batches.next()
            assert batch is not None
            for key, row in batch.changes.rows.items():
                if key == CLOCK_KEY and row.value is not None:
                    clock = decode_clock(row.value)
                elif row.value is not None:
                    stored[key] = row.value
        batches = await open_batches(handlers, stored, clock)
        batches.schedule_instant(100, {}, None)
        await process(batches)
        seen = sorted((key, name) for name, keys, *_ in lived for key in keys)
        assert seen == straight, killed_after
        assert {begin for name, *_, begin in lived if name == "new"} <= {50}


async def test_a_handler_that_becomes_known_late_begins_at_the_clock_of_then() -> None:
    """The next transaction writes that clock: whoever restores the rows begins there, too."""
    old, new = Noting("out", name="old"), Noting("out", name="new")
    handlers = Planned((0, old))
    batches = await open_batches(handlers, rows_due(a=80, b=81, c=82), clock=40)
    batches.schedule_instant(60, {}, None)
    assert await process(batches) == [], "the clock is at 60, and 40 is written"
    handlers.plan.append((50, new))
    assert batches.is_handler_replaced
    batches.schedule_instant(90, {}, None)
    assert clocks_of(await process(batches)) == [60, 90]
    assert new.due == [("new", [b"a", b"b"], 90, 60), ("new", [b"c"], 90, 60)]


async def test_an_instant_that_has_begun_is_finished_under_its_handler() -> None:
    """Its rows would be due twice: once before, and once after."""
    old, new = Noting("out", name="old"), Noting("out", name="new")
    handlers = Planned((0, old))
    batches = await open_batches(handlers, rows_due(a=61, b=62, c=63), clock=60)
    batches.schedule_instant(70, {}, None)
    assert batches.next() is not None
    handlers.plan.append((65, new))
    assert not batches.is_handler_replaced
    await process(batches)
    assert [keys for _, keys, *_ in old.due] == [[b"a", b"b"], [b"c"]]
    assert batches.current.handler is new


async def test_a_handler_that_cannot_continue_the_rows_is_left_out() -> None:
    """The partition stays with the one before."""
    old, new = Noting("out", name="old"), Noting("out", name="new", refuses=True)
    handlers = Planned((0, old), (50, new))
    batches = await open_batches(handlers, rows_due(a=40, b=60), clock=30)
    batches.schedule_instant(100, {}, None)
    await process(batches)
    assert handlers.rejected == ["new"]
    assert [(name, keys) for name, keys, *_ in old.due] == [("old", [b"a"]), ("old", [b"b"])]


async def test_without_another_handler_the_error_ends_the_worker() -> None:
    """There is nothing to stay with."""
    with pytest.raises(BatchingError, match="can't continue"):
        await open_batches(Planned((0, Noting("out", refuses=True))), rows_due(a=40), clock=30)


async def test_the_first_instant_of_a_partition_is_cut_too() -> None:
    """Until then it has no clock, and stays with its handler."""
    old, new = Noting("out", name="old"), Noting("out", name="new")
    handlers = Planned((0, old))
    batches = await open_batches(handlers, {}, clock=0)
    handlers.plan.append((50, new))
    assert not batches.is_handler_replaced
    batches.schedule_instant(60, {}, None)
    assert clocks_of(await process(batches)) == [50]
    assert (batches.current.handler, batches.clock_at_begin) == (new, 50)
