"""The opening of a partition: from its restore to its first batch, without a broker."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from time import time

import pytest
from aiokafka import AIOKafkaProducer
from faust.types import TP

from tests.topology.batching.counting import Counting, Tally
from tests.topology.batching.idle import Consumer
from tests.waits import LONGEST_WAIT_S
from topology.batching import opening as opening_module
from topology.batching import partition as module
from topology.batching import writer as writer_module
from topology.batching.completeness import Committed, encode_note
from topology.batching.config import BatchConfig
from topology.batching.dependencies import Dependencies
from topology.batching.errors import FencedError, IncompleteChangelogError, MissingOffsetsError
from topology.batching.handlers import OneHandler
from topology.batching.partition import Partition
from topology.batching.restore import Restored, RestoreProgress
from topology.batching.writer import TransactionalWriter

CONFIG = BatchConfig("app", "nowhere:9", ("shop",), "changelog", 1)


class Writer:
    """A fake writer that opens at once."""

    changelog_end = 0

    def __init__(self, *_: object) -> None:
        """Ignore the arguments."""

    async def open(self) -> None:
        """Do nothing."""


class ConsumerWithNotes(Consumer):
    """A fake consumer: its notes say that the changelog reaches 100. Its end is `end`."""

    def __init__(self, end: int) -> None:
        super().__init__()
        self._end = end

    async def committed(self, tps: Iterable[TP]) -> Mapping[TP, Committed]:
        return {tp: Committed(0, 50, encode_note(100)) for tp in tps}

    async def ends(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        return dict.fromkeys(tps, self._end)


def partition_on(consumer: Consumer, failed: list[BaseException]) -> Partition:
    dependencies = Dependencies(consumer, consumer, time, lambda: None)
    return Partition(
        0, CONFIG, OneHandler(Counting("out")), dependencies, lambda _, error: failed.append(error)
    )


async def test_a_partition_drains_although_its_restore_swallows_the_cancellation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A consumer of aiokafka does so while it stops. The group would wait for the partition."""
    began = asyncio.Event()

    async def restore(*_: object) -> Restored:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return Restored({}, 0)
        raise AssertionError

    monkeypatch.setattr(opening_module, "restore", restore)
    monkeypatch.setattr(module, "TransactionalWriter", Writer)
    partition = partition_on(Consumer(), [])
    partition.start()
    await began.wait()

    async with asyncio.timeout(LONGEST_WAIT_S):
        await partition.drain()

    assert not partition.is_ready


@pytest.mark.parametrize(("end_now", "error"), [(100, FencedError), (90, IncompleteChangelogError)])
async def test_rows_that_another_worker_has_written_meanwhile_are_no_loss(
    monkeypatch: pytest.MonkeyPatch, end_now: int, error: type[Exception]
) -> None:
    """The worker froze after its restore up to 90: it has lost the partition, but no record."""

    async def restore(
        _config: BatchConfig, _number: int, progress: RestoreProgress, _: object
    ) -> Restored:
        progress.start(0, 0, 90)
        return Restored({}, 0)

    monkeypatch.setattr(opening_module, "restore", restore)
    monkeypatch.setattr(module, "TransactionalWriter", Writer)
    failed: list[BaseException] = []
    partition = partition_on(ConsumerWithNotes(end_now), failed)
    partition.start()
    assert partition._task is not None

    async with asyncio.timeout(LONGEST_WAIT_S):
        await partition._task

    assert [type(each) for each in failed] == [error]


@pytest.mark.parametrize(("restored", "began"), [(7, 7), (0, None)])
async def test_a_batch_has_the_clock_of_the_time_when_the_partition_was_opened(
    monkeypatch: pytest.MonkeyPatch, restored: int, began: int | None
) -> None:
    """It does not change while the clock advances: a new policy takes effect there."""

    async def restore(*_: object) -> Restored:
        return Restored({}, restored)

    monkeypatch.setattr(opening_module, "restore", restore)
    monkeypatch.setattr(module, "TransactionalWriter", Writer)
    partition = partition_on(Consumer(), [])
    partition.start()
    async with asyncio.timeout(LONGEST_WAIT_S):
        while not partition.is_ready or partition.clock != restored:
            await asyncio.sleep(0)
    assert partition._batches._batch_time().clock_at_begin == began
    partition._batches.clock = 9
    found = partition._batches._batch_time()
    await partition.drain()

    assert (found.clock, found.clock_at_begin) == (9, began)


class ConsumerWithoutOffsets(Consumer):
    """A fake consumer whose group has committed nothing."""

    async def committed(self, tps: Iterable[TP]) -> Mapping[TP, Committed]:
        return dict.fromkeys(tps, Committed(0, None))

    async def ends(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        return dict.fromkeys(tps, 90)


async def test_a_partition_with_rows_but_without_offsets_does_not_start_at_the_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The chaos suite found it (seed 32): the worker processed everything again."""

    async def restore(
        _config: BatchConfig, _number: int, progress: RestoreProgress, _: object
    ) -> Restored:
        progress.start(0, 0, 90)
        return Restored({b"anna": Tally(1).encode()}, 0)

    monkeypatch.setattr(opening_module, "restore", restore)
    monkeypatch.setattr(module, "TransactionalWriter", Writer)
    failed: list[BaseException] = []
    partition = partition_on(ConsumerWithoutOffsets(), failed)
    partition.start()
    assert partition._task is not None

    async with asyncio.timeout(LONGEST_WAIT_S):
        await partition._task

    assert [type(each) for each in failed] == [MissingOffsetsError]


async def test_a_producer_that_does_not_close_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """A producer may wait for a killed broker for ever; the next producer fences it."""

    async def never(_producer: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(writer_module, "cancel_requests", never)
    writer = TransactionalWriter(replace(CONFIG, close_timeout=0.01), 0)
    writer._opened = AIOKafkaProducer(bootstrap_servers="nowhere:9", transactional_id="left")

    async with asyncio.timeout(LONGEST_WAIT_S):
        await writer.close()

    await writer._opened.stop()
