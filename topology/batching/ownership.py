"""Ownership: which partitions are this worker's, and what a rebalance does to them."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from itertools import count
from time import monotonic
from typing import Any, Final, NamedTuple

import structlog
from aiokafka.errors import KafkaError
from faust.types import TP

from topology.batching.config import BatchConfig
from topology.batching.dependencies import ConsumerControl, Dependencies, Flow
from topology.batching.errors import CommitFailedError, FencedError, MissingOffsetsError
from topology.batching.fetch import Fetch
from topology.batching.handler import BatchHandler
from topology.batching.meter import Meter, NoMeter
from topology.batching.partition import Partition

_log = structlog.get_logger(__name__)

_MAX_PAUSE_S: Final = 8.0
_RETRYABLE: Final = (FencedError, CommitFailedError, MissingOffsetsError, KafkaError, OSError)


class Failures(NamedTuple):
    """How often a partition failed without a commit in between; why, and where, the last time."""

    number: int
    reason: str
    positions: Mapping[TP, int]

    @property
    def pause(self) -> float:
        """Seconds before the group is asked again: each time, all workers stand still briefly."""
        return 0.0 if self.number == 1 else min(2.0 ** (self.number - 2), _MAX_PAUSE_S)


class Ownership:
    """The partitions of this worker.

    `on_fatal` is called with an error that a new assignment would not mend.
    """

    def __init__(
        self,
        config: BatchConfig,
        handler: BatchHandler,
        time: Callable[[], float],
        on_fatal: Callable[[BaseException], None],
        meter: Meter | None = None,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self._config = config
        self._handler = handler
        self._time = time
        self._on_fatal = on_fatal
        self._meter = meter or NoMeter()
        self._monotonic = monotonic
        self._partitions: dict[int, Partition] = {}
        self._generation = -1
        self._assigned: frozenset[int] = frozenset()
        self._dependencies: Dependencies | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._attempts = count(1)
        self._closed = asyncio.Event()
        self.failures: dict[int, Failures] = {}
        """Of each partition that failed."""
        self.ticked = asyncio.Event()
        """Set when a tick of the clock topic has come in."""
        self.progressed = asyncio.Event()
        """Set when a partition has committed."""

    def connect(self, control: ConsumerControl, flow: Flow) -> None:
        """Say where the consumer is, before the first assignment."""
        self._dependencies = Dependencies(
            control,
            flow,
            self._time,
            self.ticked.set,
            self._meter,
            on_commit=self.progressed.set,
            monotonic=self._monotonic,
        )

    @property
    def control(self) -> ConsumerControl:
        """Seeks, offsets and the group."""
        return self._connected_dependencies().control

    def _connected_dependencies(self) -> Dependencies:
        if self._dependencies is None:
            msg = "connect the consumer before the first assignment"
            raise RuntimeError(msg)
        return self._dependencies

    def __iter__(self) -> Iterator[Partition]:
        return iter(tuple(self._partitions.values()))

    @property
    def assigned(self) -> frozenset[int]:
        """The partitions that the group gave us, also those that are not at work."""
        return self._assigned

    async def revoke(self) -> None:
        """A rebalance begins: bring every transaction in flight to its end."""
        await asyncio.gather(*(partition.drain() for partition in self))

    def assign(self, numbers: Iterable[int], generation: int) -> None:
        """A rebalance ended: these partitions are ours now.

        Rows are kept only if the partition is healthy and this generation is the next after the
        last one we were in: else another worker may have committed on it meanwhile.
        """
        if self._closed.is_set():
            return  # An assignment that was under way when the worker began to stop.
        # A follower that asks again within a generation gets the same one.
        consecutive = generation - self._generation in {0, 1}
        self._generation = generation
        wanted = set(numbers)
        self._assigned = frozenset(wanted)
        for number, partition in tuple(self._partitions.items()):
            if number in wanted and consecutive and not partition.failed:
                partition.resume()
            else:
                del self._partitions[number]
                self._spawn(self._replace(partition))
            wanted.discard(number)
        for number in sorted(wanted):
            self._open(number)

    async def close(self) -> None:
        """Finish what is in flight, and let go of everything."""
        self._closed.set()
        mine = tuple(self._partitions.values())
        self._partitions.clear()
        self._assigned = frozenset()
        await asyncio.gather(*(partition.close() for partition in mine), *self._tasks)

    async def offer(self, fetch: Fetch) -> None:
        """Give a fetch to its partition."""
        partition = self._partitions.get(fetch.tp.partition)
        if partition is not None:
            await partition.offer(fetch)

    def now(self) -> int:
        """The machine's time, in microseconds since 1970."""
        return int(self._time() * 1_000_000)

    def find(self, key: bytes) -> bytes | None:
        """A row of any partition of ours, or None."""
        for partition in self:
            if (value := partition.rows.get(key)) is not None:
                return value
        return None

    def _open(self, number: int) -> None:
        partition = Partition(
            number, self._config, self._handler, self._connected_dependencies(), self._failed
        )
        partition.attempt = next(self._attempts)
        self._partitions[number] = partition
        partition.start()

    async def _replace(self, partition: Partition) -> None:
        await partition.close()
        # Another rebalance may have come meanwhile: opening what is not ours fences its owner.
        if partition.number in self._assigned and partition.number not in self._partitions:
            self._open(partition.number)

    def _failed(self, partition: Partition, error: BaseException) -> None:
        number = partition.number
        if isinstance(error, FencedError):
            self._meter.fenced(number)
        if self._partitions.get(number) is not partition:
            return
        del self._partitions[number]
        self._spawn(partition.close())
        if not isinstance(error, _RETRYABLE):
            self._on_fatal(error)
            return
        _log.warning("letting go of a partition", partition=number, reason=str(error))
        before = self.failures.get(number)
        times = 0 if before is None or partition.commits else before.number
        self.failures[number] = failures = Failures(
            times + 1, str(error), partition.committed_positions
        )
        self._spawn(self._rejoin(failures.pause))

    async def _rejoin(self, pause: float) -> None:
        try:
            async with asyncio.timeout(pause):
                await self._closed.wait()
        except TimeoutError:
            await self.control.rejoin()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
