"""Batches that are computed while a transaction commits become one transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import count

import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from tests.topology.batching.counting import Counting
from tests.topology.batching.idle import Consumer
from topology.batching.batch import Batch, join_batches
from topology.batching.config import BatchConfig
from topology.batching.dependencies import Dependencies
from topology.batching.handler import Changes, Output, Row
from topology.batching.handlers import OneHandler
from topology.batching.hops import add_counts
from topology.batching.partition import Partition

CONFIG = BatchConfig("app", "nowhere:9", ("shop",), "changelog", 1, max_joined=3, backlog=0)
"""There is always a backlog: else no batch is computed while a transaction commits."""
SHOP = TP("shop", 0)

ROWS = st.dictionaries(st.sampled_from([b"a", b"b", b"c", b"d"]), st.none() | st.binary(max_size=2))
BATCHES = st.builds(
    lambda rows, outputs, dropped, hops, offsets, records, removes: Batch(
        Changes(
            {key: Row(value, None) for key, value in rows.items()},
            [Output("out", None, value) for value in outputs],
            dropped,
            hops,
        ),
        offsets,
        records,
        removes,
    ),
    ROWS,
    st.lists(st.binary(max_size=2), max_size=3),
    st.integers(0, 3),
    st.dictionaries(st.integers(1, 3), st.integers(1, 9)),
    st.dictionaries(st.sampled_from([SHOP, TP("clock", 0)]), st.integers(0, 9)),
    st.integers(0, 9),
    st.booleans(),
)


def written(batches: Sequence[Batch]) -> tuple[object, ...]:
    """Return all that is there after these batches were written one after the other."""
    rows: dict[bytes, bytes | None] = {}
    offsets: dict[TP, int] = {}
    handed_on: tuple[int, ...] = ()
    for batch in batches:
        rows |= {key: row.value for key, row in batch.changes.rows.items()}
        offsets |= batch.offsets
        handed_on = add_counts(handed_on, batch.changes.handed_on)
    return (
        rows,
        [each for batch in batches for each in batch.changes.outputs],
        offsets,
        handed_on,
        sum(batch.changes.dropped for batch in batches),
        sum(batch.records for batch in batches),
        any(batch.removes_rows for batch in batches),
    )


@given(BATCHES, BATCHES)
def test_a_joined_batch_writes_what_its_two_batches_write(first: Batch, second: Batch) -> None:
    joined = join_batches(first, second)
    assert written([joined]) == written([first, second])
    order = [*second.changes.rows]
    assert [*joined.changes.rows][-len(order) :] == order or not order


class Writer:
    """Writes nothing. Each transaction lasts until `commit` is called, or `fail`."""

    def __init__(self) -> None:
        self.changelog_end = 0
        self.begun: list[list[bytes]] = []
        self._ends: asyncio.Queue[Exception | None] = asyncio.Queue()

    async def write(self, changes: Changes, _offsets: Mapping[TP, int]) -> None:
        self.begun.append([*changes.rows])
        if (error := await self._ends.get()) is not None:
            raise error

    def commit(self) -> None:
        self._ends.put_nowait(None)

    def fail(self) -> None:
        self._ends.put_nowait(ConnectionError("no broker"))


class Running:
    """A partition that runs, with a queue of work: one row for each batch."""

    def __init__(self) -> None:
        consumer = Consumer()
        dependencies = Dependencies(consumer, consumer, lambda: 0.0, lambda: None)
        self.partition = Partition(
            0, CONFIG, OneHandler(Counting("out")), dependencies, lambda *_: None
        )
        self.writer = Writer()
        self._numbers = count()
        self._work: list[Batch] = []
        self.partition._writer = self.writer  # type: ignore[assignment]
        self.partition._batches.next = self._next  # type: ignore[method-assign]
        self.task = asyncio.create_task(self.partition._run())

    def _next(self) -> Batch | None:
        return self._work.pop(0) if self._work else None

    async def work(self, batches: int) -> None:
        """Let so many batches be computed."""
        for _ in range(batches):
            row = {b"%d" % next(self._numbers): Row(b"", None)}
            self._work.append(Batch(Changes(row), {}, 1, removes_rows=False))
        self.partition._work_available.set()
        await self.settle()

    async def settle(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)


async def test_batches_join_the_transaction_after_the_one_in_flight() -> None:
    """The first goes at once. A full transaction takes no more of them."""
    running = Running()
    writer = running.writer
    await running.work(1)
    assert writer.begun == [[b"0"]]
    await running.work(1)
    await running.work(4)
    assert writer.begun == [[b"0"]]
    writer.commit()
    await running.settle()
    assert writer.begun == [[b"0"], [b"1", b"2", b"3"]]
    running.partition._stopping = True
    running.partition._work_available.set()
    writer.commit()
    writer.commit()
    await running.task
    assert writer.begun == [[b"0"], [b"1", b"2", b"3"], [b"4", b"5"]]
    assert running.partition.commits == 3


async def test_after_a_failed_transaction_nothing_more_is_written() -> None:
    """What was computed meanwhile is computed again from what was committed."""
    running = Running()
    await running.work(2)
    running.writer.fail()
    with pytest.raises(ConnectionError):
        await running.task
    assert running.writer.begun == [[b"0"]]
