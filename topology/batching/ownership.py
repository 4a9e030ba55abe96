"""Ownership: opens, keeps and closes this worker's partitions as rebalances assign them."""

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
from topology.batching.handlers import Handlers
from topology.batching.meter import Meter, NoMeter
from topology.batching.partition import Partition
from topology.batching.snapshots import keep_snapshots

_log = structlog.get_logger(__name__)

_MAX_PAUSE_S: Final = 8.0
_RETRYABLE: Final = (FencedError, CommitFailedError, MissingOffsetsError, KafkaError, OSError)


class Failures(NamedTuple):
    """The number of a partition's failures since its last commit; the last reason and positions."""

    number: int
    reason: str
    positions: Mapping[TP, int]

    @property
    def pause(self) -> float:
        """Seconds before the worker rejoins: each rebalance stops all workers for a moment."""
        return 0.0 if self.number == 1 else min(2.0 ** (self.number - 2), _MAX_PAUSE_S)


class Ownership:
    """The partitions of this worker.

    The ownership calls `on_fatal` with an error that a new assignment would not fix.
    """

    def __init__(
        self,
        config: BatchConfig,
        handlers: Handlers,
        time: Callable[[], float],
        on_fatal: Callable[[BaseException], None],
        meter: Meter | None = None,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self._config = config
        self._handlers = handlers
        self._time = time
        self._on_fatal = on_fatal
        self._meter = meter or NoMeter()
        self._monotonic = monotonic
        self._partitions: dict[int, Partition] = {}
        self._released: tuple[Partition, ...] = ()
        self._generation = -1
        self._assigned: frozenset[int] = frozenset()
        self._dependencies: Dependencies | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._attempts = count(1)
        self._closed = asyncio.Event()
        self.failures: dict[int, Failures] = {}
        """The failures of each partition that has failed."""
        self.ticked = asyncio.Event()
        """Set when a tick of the clock topic has arrived."""
        self.progressed = asyncio.Event()
        """Set when a partition has committed."""

    def connect(self, control: ConsumerControl, flow: Flow) -> None:
        """Set the consumer. Call it before the first assignment."""
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
        """The consumer's seeks, offsets and group membership."""
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
        """The assigned partitions, including those that are not running."""
        return self._assigned

    async def revoke(self) -> None:
        """Finish every transaction in flight: a rebalance begins."""
        await asyncio.gather(*(partition.drain() for partition in self))

    def assign(self, numbers: Iterable[int], generation: int) -> None:
        """Take the assignment of a rebalance that has ended.

        A partition keeps its rows only if it has not failed and this generation directly follows
        the worker's last one. Else another worker may have committed in between.
        """
        if self._closed.is_set():
            return  # The worker began to stop during the rebalance.
        # A follower that rejoins within a generation gets the same generation.
        consecutive = generation - self._generation in {0, 1}
        self._generation = generation
        wanted = set(numbers)
        self._assigned = frozenset(wanted)
        if self._config.snapshots is not None:
            keep_snapshots(self._config.snapshots, self._config.changelog, wanted)
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
        """Finish the transactions in flight, and release all partitions."""
        self._closed.set()
        mine = self._released = tuple(self._partitions.values())
        self._partitions.clear()
        self._assigned = frozenset()
        closing = (partition.close(takes_snapshot=True) for partition in mine)
        await asyncio.gather(*closing, *self._tasks)

    async def finish_snapshots(self) -> None:
        """Wait for the snapshots of the partitions that `close` has released."""
        await asyncio.gather(*(partition.snapshots.finish() for partition in self._released))

    async def offer(self, fetch: Fetch) -> None:
        """Pass a fetch to its partition."""
        partition = self._partitions.get(fetch.tp.partition)
        if partition is not None:
            await partition.offer(fetch)

    def now(self) -> int:
        """The system clock, in microseconds since 1970."""
        return int(self._time() * 1_000_000)

    def find(self, key: bytes) -> bytes | None:
        """Find a row in this worker's partitions, or return None."""
        for partition in self:
            if (value := partition.rows.get(key)) is not None:
                return value
        return None

    def _open(self, number: int) -> None:
        partition = Partition(
            number, self._config, self._handlers, self._connected_dependencies(), self._failed
        )
        partition.attempt = next(self._attempts)
        self._partitions[number] = partition
        partition.start()

    async def _replace(self, partition: Partition) -> None:
        await partition.close()
        # Another rebalance may have ended meanwhile: opening a lost partition fences its owner.
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
        _log.warning("releasing a partition", partition=number, reason=str(error))
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
