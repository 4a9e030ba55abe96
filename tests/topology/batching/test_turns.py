"""Due rows and records take turns: a flood of timers holds up no event, nor the other way round."""

from aiokafka import ConsumerRecord
from faust.types import TP

from tests.topology.batching.counting import Counting, Event, Tally
from tests.topology.batching.idle import Consumer
from topology.batching.batches import Batches
from topology.batching.config import BatchConfig
from topology.batching.dependencies import Dependencies
from topology.batching.fetch import Fetch

SHOP = TP("shop", 0)


def record(event: Event, offset: int) -> ConsumerRecord[bytes, bytes]:
    return ConsumerRecord(
        SHOP.topic, SHOP.partition, offset, 0, 0, event.key, event.value, None, 0, 0, ()
    )


def batches_with(rows: int, records: int) -> Batches:
    """A partition on which an instant is reached at which all rows are due."""
    consumer = Consumer()
    config = BatchConfig("app", "nowhere:9", ("shop",), "changelog", 1, max_batch=2, max_due=2)
    dependencies = Dependencies(consumer, consumer, lambda: 1_000.0, lambda: None)
    batches = Batches(0, config, Counting("out", 50), dependencies)
    batches.rows = {b"due-%d" % n: Tally(1, n, n, 50 + n).encode() for n in range(rows)}
    batches.timers.load((50 + n, b"due-%d" % n) for n in range(rows))
    batches.restart({SHOP: 0}, {SHOP: 1})
    batches.schedule_instant(1_000, {SHOP: 0}, None)
    events = [record(Event(b"new-%d" % n, n, at=2_000), n) for n in range(records)]
    assert batches.intake.offer(Fetch(SHOP, 1, 0, records, events))
    return batches


def kinds(batches: Batches) -> list[str]:
    """What each batch was made of, until there is nothing to do."""
    found = []
    while (work := batches.next()) is not None:
        keys = [key.partition(b"-")[0].decode() for key in work.changes.rows if key[0]]
        found.append("+".join(sorted(set(keys))) or "clock")
    return found


def test_they_take_turns() -> None:
    """As long as there are both."""
    assert kinds(batches_with(rows=7, records=6)) == [
        *("due", "new", "due", "new", "due", "new", "due"),
    ]
    assert kinds(batches_with(rows=2, records=8)) == [
        *("due", "new", "clock", "new", "new", "new"),
    ]


def test_records_meet_the_clock_of_an_instant_that_is_under_way() -> None:
    """So that it does not matter for a row whether its event or its turn came first."""
    batches = batches_with(rows=5, records=2)

    batches.next()

    assert batches.clock == 1_000
    assert not batches.accepts_instant
