"""Batches of due rows and of records alternate: neither kind delays the other for long."""

from aiokafka import ConsumerRecord
from faust.types import TP

from tests.topology.batching.counting import Counting, Event, Tally
from tests.topology.batching.idle import Consumer
from topology.batching.batches import Batches
from topology.batching.config import BatchConfig
from topology.batching.dependencies import Dependencies
from topology.batching.fetch import Fetch
from topology.batching.handlers import OneHandler

SHOP = TP("shop", 0)


def record(event: Event, offset: int) -> ConsumerRecord[bytes, bytes]:
    return ConsumerRecord(
        SHOP.topic, SHOP.partition, offset, 0, 0, event.key, event.value, None, 0, 0, ()
    )


def batches_with(rows: int, records: int) -> Batches:
    """Make a partition with a reached instant at which all rows are due."""
    consumer = Consumer()
    config = BatchConfig("app", "nowhere:9", ("shop",), "changelog", 1, max_batch=2, max_due=2)
    dependencies = Dependencies(consumer, consumer, lambda: 1_000.0, lambda: None)
    batches = Batches(0, config, OneHandler(Counting("out", 50)), dependencies)
    batches.rows = {b"due-%d" % n: Tally(1, n, n, 50 + n).encode() for n in range(rows)}
    batches.timers.load((50 + n, b"due-%d" % n) for n in range(rows))
    batches.restart({SHOP: 0}, {SHOP: 1})
    batches.schedule_instant(1_000, {SHOP: 0}, None)
    events = [record(Event(b"new-%d" % n, n, at=2_000), n) for n in range(records)]
    assert batches.intake.offer(Fetch(SHOP, 1, 0, records, events))
    return batches


def kinds(batches: Batches) -> list[str]:
    """Return the kind of each batch, until there is no work."""
    found = []
    while (work := batches.next()) is not None:
        keys = [key.partition(b"-")[0].decode() for key in work.changes.rows if key[0]]
        found.append("+".join(sorted(set(keys))) or "clock")
    return found


def test_batches_of_due_rows_and_records_alternate() -> None:
    """As long as there are both kinds."""
    assert kinds(batches_with(rows=7, records=6)) == [
        *("due", "new", "due", "new", "due", "new", "due"),
    ]
    assert kinds(batches_with(rows=2, records=8)) == [
        *("due", "new", "clock", "new", "new", "new"),
    ]


def test_records_see_the_clock_of_a_pending_instant() -> None:
    """So a row's result does not depend on whether its event or its due batch came first."""
    batches = batches_with(rows=5, records=2)

    batches.next()

    assert batches.clock == 1_000
    assert not batches.accepts_instant
